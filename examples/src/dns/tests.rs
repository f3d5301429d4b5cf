use super::*;

/// A response: its counts of questions and answers, and what follows the header.
fn response(questions: u8, answers: u8, rest: &[u8]) -> Vec<u8> {
    let mut message = vec![0, 0, 0x84, 0, 0, questions, 0, answers, 0, 0, 0, 0];
    message.extend_from_slice(rest);
    message
}

/// `name PTR target`, with a length that may lie.
fn record(name: &[u8], len: u16, target: &[u8]) -> Vec<u8> {
    let mut record = name.to_vec();
    record.extend_from_slice(&[0, 12, 0x80, 1, 0, 0, 0x11, 0x94]);
    record.extend_from_slice(&len.to_be_bytes());
    record.extend_from_slice(target);
    record
}

const SERVICE: &[u8] = b"\x05_http\x04_tcp\x05local\0";

#[test]
fn a_question_is_what_rfc_6762_shows() {
    let mut expected = vec![0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    expected.extend_from_slice(SERVICE);
    expected.extend_from_slice(&[0, 12, 0, 1]);
    assert_eq!(pointer_query("_http._tcp.local"), Ok(expected));
    assert_eq!(pointer_query(&"x".repeat(64)), Err(Malformed::Name));
    assert_eq!(pointer_query(&["x"; 128].join(".")), Err(Malformed::Name));
}

#[test]
fn a_response_is_read_with_its_pointers_back() {
    let target = b"\x07my\x1b.box\xc0\x0c";
    let message = response(0, 1, &record(SERVICE, 10, target));
    assert_eq!(
        pointers(&message),
        Ok(vec![Pointer {
            name: "_http._tcp.local".into(),
            target: "my\\u{1b}\\.box._http._tcp.local".into(),
            ttl: 4500,
        }])
    );
}

#[test]
fn what_a_query_knows_already_is_no_answer() {
    let mut query = response(0, 1, &record(SERVICE, 2, b"\xc0\x0c"));
    query[2] = 0;
    assert_eq!(pointers(&query), Ok(vec![]));
}

#[test]
fn pointers_that_lead_to_themselves_or_forward_are_refused() {
    for target in [
        // To itself, to the other one of two, forward, and behind the end.
        &b"\xc0\x29"[..],
        b"\xc0\x2b\xc0\x29",
        b"\xc0\x2b\x01a\0",
        b"\xff\xff",
        // A label that comes around to itself again.
        b"\x01a\xc0\x29",
    ] {
        let len = u16::try_from(target.len()).unwrap();
        let message = response(0, 1, &record(SERVICE, len, target));
        // The target starts where the first pointer says that it does.
        assert_eq!(message.len() - target.len(), 0x28);
        assert_eq!(pointers(&message), Err(Malformed::Format), "{target:?}");
    }
}

#[test]
fn lengths_that_lie_are_refused() {
    for (len, target) in [
        (2, &b""[..]),
        (2, b"\xc0"),
        (9, b"\x3fshort\0\0\0"),
        (65_535, b"\0"),
        (2, b"\x40a"),
        (2, b"\x80a"),
    ] {
        let message = response(0, 1, &record(SERVICE, len, target));
        assert_eq!(pointers(&message), Err(Malformed::Format), "{target:?}");
    }
}

#[test]
fn a_name_of_more_than_255_bytes_is_refused() {
    let mut name = b"\x01x".repeat(128);
    name.push(0);
    let message = response(0, 1, &record(&name, 1, b"\0"));
    assert_eq!(pointers(&message), Err(Malformed::Format));
}

#[test]
fn counts_beyond_the_bytes_are_refused_at_once() {
    assert_eq!(
        pointers(&response(0, 2, &record(b"\0", 1, b"\0"))),
        Err(Malformed::Counts)
    );
    let mut all = vec![0xff; 12];
    all.extend_from_slice(&[0; 500]);
    assert_eq!(pointers(&all), Err(Malformed::Counts));
}

#[test]
fn no_bytes_are_too_bad_to_be_read() {
    let message = response(
        1,
        1,
        &[
            SERVICE,
            &[0, 12, 0, 1],
            &record(b"\xc0\x0c", 4, b"\x01a\xc0\x0c"),
        ]
        .concat(),
    );
    assert_eq!(pointers(&message).map(|list| list.len()), Ok(1));
    for len in 0..message.len() {
        assert!(pointers(&message[..len]).is_err(), "{len}");
    }
    // Every byte in its place, with every value.
    for place in 0..message.len() {
        for value in 0..=255 {
            let mut message = message.clone();
            message[place] = value;
            drop(pointers(&message));
        }
    }
}
