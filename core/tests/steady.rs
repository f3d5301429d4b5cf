//! A datagram costs no allocation, whatever is done with it.

#[expect(unsafe_code, reason = "an allocator is")]
#[path = "../../backend-smoltcp/src/sys/allocations.rs"]
mod allocations;
#[expect(unreachable_pub, reason = "elsewhere it is a library")]
#[path = "../../tests/instructions/work.rs"]
mod work;

#[test]
fn no_datagram_allocates() {
    for new in [work::ipv4, work::ipv6] {
        for (name, work) in work::ALL {
            let mut bound = new();
            let (allocated, moved) =
                allocations::count(|| (0..1_000).filter(|_| work(&mut bound)).count());
            assert_eq!((name, moved, allocated), (name, 1_000, 0));
        }
    }
}
