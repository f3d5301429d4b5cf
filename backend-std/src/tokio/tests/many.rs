//! Many datagrams with one call: allocations, and a system without room.

use super::*;

#[test]
fn batches_cost_no_allocation() {
    runtime().block_on(async {
        let (sender, receiver) = (bound().await, bound().await);
        let there = Destination::new(LOCALHOST, port_of(&receiver));
        let datagrams = [Datagram::new("ball").to(there); 10];
        let mut batch = Batch::new();
        let mut round = async || -> usize {
            // The task's share begins anew.
            tokio::task::yield_now().await;
            let mut sent = 0;
            let (sending, ()) = allocations::count(|| {
                at_once(sender.send_many(&datagrams, |_, result| sent += result.unwrap()));
            });
            assert_eq!(sent, 40);
            let mut left = 10;
            let mut receiving = 0;
            while left > 0 {
                tokio::task::yield_now().await;
                // The reactor has to tell first; that is its own affair.
                timeout(LIMIT, receiver.readable()).await.unwrap().unwrap();
                let (some, count) = allocations::count(|| at_once(receiver.recv_many(&mut batch)));
                left -= count.unwrap();
                receiving += some;
            }
            sending + receiving
        };
        round().await;
        for _ in 0..10 {
            assert_eq!(round().await, 0);
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_dropped_send_has_told_of_was_sent_and_nothing_else() {
    crate::test_namespace::run(|| runtime().block_on(dropping()));
}

#[cfg(target_os = "linux")]
async fn dropping() {
    let options = Options::new(SocketType::Udp4).send_buffer_size(1);
    let here = BindOptions::port(0).address(Ipv4Addr::new(192, 0, 2, 10));
    let socket = Socket::bound(options, here).await.unwrap();
    // Until somebody knows this neighbour, datagrams for it stay in the socket's buffer.
    let there = Destination::new(Ipv4Addr::new(192, 0, 2, 97), 9);
    // Of growing lengths: no two of them leave as one message.
    let payload = [0; 1064];
    let datagrams: [_; 64] =
        core::array::from_fn(|place| Datagram::new(payload.get(..1000 + place).unwrap()).to(there));
    let mut told = 0;
    {
        let send = socket.send_many(&datagrams, |place, result| {
            assert_eq!((place, result), (told, Ok(1000 + told)));
            told += 1;
        });
        assert!(timeout(Duration::from_millis(30), send).await.is_err());
    }
    assert!(told < datagrams.len());
    let sent = socket.stats().sent;
    assert_eq!(usize::try_from(sent), Ok(told));
    assert_eq!(socket.send_queue_count(), 0);
    // The others wait until there is room, and leave then.
    let rest = &datagrams[told..];
    let (mut left, room) = (rest.len(), socket.clone());
    let waiting = async {
        room.send_many(rest, |_, result| left -= result.map(|_| 1).unwrap())
            .await;
    };
    let introducing = async {
        sleep(Duration::from_millis(30)).await;
        crate::test_namespace::introduce("192.0.2.97");
    };
    let both = Box::pin(async { tokio::join!(waiting, introducing) });
    timeout(LIMIT, both).await.unwrap();
    assert_eq!((left, socket.stats().sent), (0, 64));
}

#[test]
fn unix_datagrams_cost_no_allocation() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let path = path.to_str().unwrap();
    runtime().block_on(async {
        let receiver = UnixSocket::bound(path).unwrap();
        let sender = UnixSocket::new().unwrap();
        let mut buffer = [0; 16];
        for round in 0..10 {
            let (sending, sent) = allocations::count(|| at_once(sender.send_to("ball", path)));
            assert_eq!(sent, Ok(4));
            let (receiving, length) = loop {
                let (some, received) = allocations::count(|| receiver.try_recv(&mut buffer));
                match received {
                    Ok(length) => break (some, length),
                    Err(_) => tokio::task::yield_now().await,
                }
            };
            assert_eq!(length, 4);
            assert!(round == 0 || sending + receiving == 0);
        }
    });
}
