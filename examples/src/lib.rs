//! The programs of this package that take more than one file.
//!
//! | program | is |
//! |---|---|
//! | [`demo`] | one pass over what the sockets do |
//! | [`dgramcat`] | netcat for datagrams |
//! | [`dns`] | what the mDNS browser reads and writes |
//!
//! The others are one file each, in `src/bin`.

extern crate alloc;

pub mod demo;
pub mod dgramcat;
pub mod dns;
