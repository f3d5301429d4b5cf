use core::net::Ipv4Addr;

use super::*;

const GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(239, 1, 2, 3));
const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(239, 1, 2, 4));

#[test]
fn what_is_wanted_is_told_once() {
    let mut slots = [const { JoinSlot::new() }; 2];
    let mut groups = Groups::new(&mut slots);
    assert!(groups.is_empty());
    assert_eq!(groups.join(GROUP), Ok(()));
    assert_eq!(groups.poll(0), Some(Change::Join(GROUP)));
    assert_eq!(groups.poll(0), None);
    assert_eq!(groups.join(OTHER), Ok(()));
    assert_eq!(groups.poll(0), Some(Change::Join(OTHER)));
    let third = IpAddr::V4(Ipv4Addr::new(239, 1, 2, 5));
    assert_eq!(groups.join(third), Err(Errno::ENOBUFS));
    groups.leave(GROUP);
    assert_eq!(groups.poll(0), Some(Change::Leave(GROUP)));
    assert_eq!(groups.poll(0), None);
    assert_eq!(groups.join(third), Ok(()), "its place is free");
}

#[test]
fn what_the_stack_has_not_heard_of_is_taken_back_silently() {
    let mut slots = [const { JoinSlot::new() }; 1];
    let mut groups = Groups::new(&mut slots);
    assert_eq!(groups.join(GROUP), Ok(()));
    groups.leave(GROUP);
    assert!(groups.is_empty());
    assert_eq!(groups.poll(0), None);
    assert_eq!(groups.join(GROUP), Ok(()));
    assert_eq!(groups.poll(0), Some(Change::Join(GROUP)));
    groups.leave(GROUP);
    assert_eq!(groups.join(GROUP), Ok(()));
    assert_eq!(groups.poll(0), None, "it never left");
    groups.leave(GROUP);
    assert_eq!(groups.poll(0), Some(Change::Leave(GROUP)));
}

#[test]
fn a_group_is_reported_again_by_leaving_it_for_one_poll() {
    let mut slots = [const { JoinSlot::new() }; 1];
    let mut groups = Groups::new(&mut slots);
    assert_eq!(groups.join(GROUP), Ok(()));
    groups.rejoin(GROUP);
    assert_eq!(groups.poll(7), Some(Change::Join(GROUP)));
    assert_eq!(groups.poll(7), None, "it had not been reported");
    groups.rejoin(GROUP);
    assert!(!groups.awaits_poll());
    assert_eq!(groups.poll(7), Some(Change::Leave(GROUP)));
    assert!(groups.awaits_poll());
    assert_eq!(groups.poll(7), None);
    assert_eq!(groups.poll(8), Some(Change::Join(GROUP)));
    assert_eq!(groups.poll(8), None);
    groups.rejoin(GROUP);
    assert_eq!(groups.poll(8), Some(Change::Leave(GROUP)));
    groups.leave(GROUP);
    assert_eq!(groups.poll(9), None, "it has been left");
    assert!(groups.is_empty());
}

#[test]
fn a_group_of_the_application_stays() {
    let mut slots = [const { JoinSlot::new() }; 1];
    let mut groups = Groups::new(&mut slots);
    assert_eq!(groups.join(GROUP), Ok(()));
    assert_eq!(groups.poll(0), Some(Change::Join(GROUP)));
    groups.shared(GROUP);
    groups.leave(GROUP);
    assert_eq!(groups.poll(0), None);
    assert!(groups.is_empty());
}

#[test]
fn a_refused_group_is_asked_for_again() {
    let mut slots = [const { JoinSlot::new() }; 1];
    let mut groups = Groups::new(&mut slots);
    assert_eq!(groups.join(GROUP), Ok(()));
    assert_eq!(groups.poll(0), Some(Change::Join(GROUP)));
    groups.refused(GROUP);
    assert_eq!(groups.poll(0), None);
    groups.retry();
    assert_eq!(groups.poll(0), Some(Change::Join(GROUP)));
}
