//! Instructions that the core takes for 1,000 datagrams of 64 bytes, with those of its caller, and how many may be: what they
//! were when they were last looked at.
//!
//! ```sh
//! cargo install gungraun-runner --version 0.20.0 --locked
//! cargo bench --manifest-path tests/instructions/Cargo.toml
//! ```
//!
//! To receive one, and to send one at once, has to take 150 at most.

use std::hint::black_box;

use anydgram_instructions::{Bound, Work, ipv4, ipv6, offer, queue, receive, report};
use gungraun::{
    Callgrind, EventKind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};

#[library_benchmark]
#[bench::receive_ipv4(args = (receive, ipv4()), config = at_most(96))]
#[bench::receive_ipv6(args = (receive, ipv6()), config = at_most(98))]
#[bench::offer_ipv4(args = (offer, ipv4()), config = at_most(114))]
#[bench::offer_ipv6(args = (offer, ipv6()), config = at_most(114))]
#[bench::queue_ipv4(args = (queue, ipv4()), config = at_most(434))]
#[bench::queue_ipv6(args = (queue, ipv6()), config = at_most(434))]
#[bench::report_ipv4(args = (report, ipv4()), config = at_most(589))]
#[bench::report_ipv6(args = (report, ipv6()), config = at_most(589))]
fn datagrams(work: Work, mut bound: Bound) -> (u64, Bound) {
    let work = black_box(work);
    let moved = (0..DATAGRAMS).map(|_| u64::from(work(&mut bound))).sum();
    assert_eq!(moved, DATAGRAMS, "some did not come or leave");
    (moved, bound)
}

/// Fails if a datagram takes more instructions than this, and a little that another compiler may need.
fn at_most(instructions: u64) -> LibraryBenchmarkConfig {
    let all = DATAGRAMS * instructions;
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(Callgrind::default().hard_limits([(EventKind::Ir, all + all / 50)]));
    config
}

library_benchmark_group!(name = core, benchmarks = datagrams);
main!(library_benchmark_groups = core);

const DATAGRAMS: u64 = 1_000;
