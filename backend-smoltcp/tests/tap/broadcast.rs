//! Broadcasts, to all and to all of the network.

use anydgram_core::SocketType::Udp4;
use anydgram_core::{Address, BindOptions, Options};

use crate::computer::ip;
use crate::namespace::in_namespace;
use crate::tap_lab::{KERNEL, OURS, TapLab, kernel_socket, tap};
use crate::to;

const BROADCASTS: [&str; 2] = ["255.255.255.255", "203.0.113.255"];

#[test]
fn ours_reach_the_kernel_if_they_are_permitted() {
    in_namespace(|| {
        let mut lab = TapLab::new(tap());
        let id = lab.bound(Udp4, 7);
        let socket = kernel_socket("0.0.0.0", 9);
        for address in BROADCASTS {
            lab.computer.send(id, b"refused", address, 9);
            assert_eq!(lab.told(id, 1), [format!("send EACCES {address}:9")]);
        }
        lab.computer.socket(id).set_broadcast(true).unwrap();
        for address in BROADCASTS {
            lab.computer.send(id, b"all", address, 9);
            assert_eq!(lab.told(id, 1), ["sent 3"]);
            let heard = lab.heard(&socket).unwrap();
            assert_eq!(heard, (b"all".to_vec(), to(OURS, 7)));
        }
    });
}

#[test]
fn the_kernels_reach_every_socket_on_the_port() {
    in_namespace(|| {
        let mut lab = TapLab::new(tap());
        let options = Options::new(Udp4).reuse_address(true);
        let ids = [(); 2].map(|()| {
            let id = lab.computer.create(options);
            let socket = lab.computer.socket(id);
            socket.bind(BindOptions::port(7)).unwrap();
            assert_eq!(lab.told(id, 1), ["listening"]);
            id
        });
        // Bound to an address of the interface: that is where it sends to 255.255.255.255.
        let socket = kernel_socket(KERNEL, 9);
        socket.set_broadcast(true).unwrap();
        for address in BROADCASTS {
            socket.send_to(b"all", to(address, 7)).unwrap();
            for id in ids {
                assert_eq!(lab.told(id, 1), ["message all"]);
                let meta = lab.computer.log.metas.pop().unwrap();
                assert_eq!(meta.local, Some(Address::new(ip(address))));
                assert_eq!(meta.sender.unwrap().address, Address::new(ip(KERNEL)));
            }
        }
    });
}
