//! Options, datagrams, capabilities: what calls are given.

use anydgram_core::{
    BindOptions, Capabilities, Datagram, Destination, Endpoint, Family, Feature, FullQueue, Host,
    Metadata, Options, RecvMeta, SendMeta, SocketType, Support,
};

use crate::probe::{any, keep};

#[inline(never)]
pub fn drive() {
    options();
    datagrams();
    capabilities();
}

fn options() {
    let options = any(Options::new(any(SocketType::Udp4)));
    keep(Options::family(&options));
    keep(Options::reuse_address(options, any(true)));
    keep(Options::reuse_port(options, any(true)));
    keep(Options::ipv6_only(options, any(true)));
    keep(Options::receive_buffer_size(options, any(1)));
    keep(Options::send_buffer_size(options, any(1)));
    keep(Options::full_queue(options, any(FullQueue::DropOldest)));
    keep(Options::look_up_always(options, any(true)));
    keep(Options::dont_fragment(options, any(true)));
    keep(Options::metadata(options, metadata()));

    let bind = any(BindOptions::port(any(1)));
    keep(BindOptions::from(any(1)));
    keep(BindOptions::address(bind, any(Host::Default)));
    keep(BindOptions::exclusive(bind, any(true)));
    keep(BindOptions::fd(bind, any(1)));
}

fn metadata() -> Metadata {
    let metadata = any(Metadata::NONE);
    keep(Metadata::has_local(metadata));
    keep(Metadata::has_hop_limit(metadata));
    keep(Metadata::has_traffic_class(metadata));
    keep(Metadata::has_timestamp(metadata));
    let metadata = Metadata::with_hop_limit(Metadata::with_local(metadata));
    Metadata::with_timestamp(Metadata::with_traffic_class(metadata))
}

fn datagrams() {
    let endpoint = any(Endpoint::new(Family::V4.loopback(), any(9)));
    let destination = any(Destination::new(any(Host::Default), any(9)));
    keep(Destination::local(any(9)));
    keep(Destination::from(endpoint));
    let bytes: &[u8] = any(&[1, 2, 3]);
    let datagram = any(Datagram::new(bytes));
    keep(Datagram::to(datagram, destination));
    let meta = any(RecvMeta::from_sender(endpoint));
    keep(Datagram::reply_to(datagram, &meta));
    keep(Datagram::with(datagram, send_meta(&meta)));
    keep(Datagram::unreported(datagram));
}

fn send_meta(meta: &RecvMeta) -> SendMeta {
    let asked = any(SendMeta::reply_to(meta));
    keep(SendMeta::is_none(&asked));
    keep(SendMeta::source(&asked));
    keep(SendMeta::interface(&asked));
    keep(SendMeta::hop_limit(&asked));
    keep(SendMeta::traffic_class(&asked));
    keep(SendMeta::ecn(&asked));
    keep(SendMeta::dscp(&asked));
    keep(SendMeta::is_for(&asked, any(Family::V4)));
    let asked = SendMeta::with_source(any(SendMeta::new()), any(Family::V4.loopback().ip()));
    let asked = SendMeta::with_hop_limit(SendMeta::with_interface(asked, any(1)), any(1));
    keep(SendMeta::with_traffic_class(asked, any(1)));
    SendMeta::with_dscp(SendMeta::with_ecn(asked, any(1)), any(1))
}

fn capabilities() {
    let feature = any(Feature::ALL.first().copied());
    let Some(feature) = feature else { return };
    keep(Feature::title(feature));
    let capabilities = any(Capabilities::none());
    keep(Capabilities::with(
        capabilities,
        feature,
        any(Support::Native),
    ));
    keep(Capabilities::support(capabilities, feature));
    keep(Capabilities::has(capabilities, feature));
}
