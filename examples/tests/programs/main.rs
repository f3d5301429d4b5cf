//! Runs the programs as their users do, and looks at what they print and how they end.

extern crate alloc;

#[cfg(test)]
mod cat_errors;
#[cfg(test)]
mod cat_groups;
#[cfg(test)]
mod cat_messages;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod cat_metadata;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod cat_servers;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod cat_tap;
#[cfg(test)]
#[cfg(unix)]
mod cat_unix;
#[cfg(test)]
#[cfg(unix)]
mod cluster;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod firmware;
#[cfg(test)]
mod mdns_browser;
#[cfg(test)]
mod namespace;
#[cfg(test)]
mod running;
#[cfg(test)]
mod swarm;
#[cfg(test)]
mod syslog_send;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod tap;
#[cfg(test)]
#[cfg(unix)]
mod tokio_echo;
