//! Captures, read again.

use pcap_file::pcapng::{Block, PcapNgReader};

use super::*;
use crate::fault::Rates;
use crate::scenario::SCENARIOS;
use crate::world::{Level, WorldOptions};

#[test]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the rest does not matter here"
)]
fn everything_that_is_recorded_is_in_the_file() {
    for (scenario, level) in SCENARIOS
        .into_iter()
        .flat_map(|scenario| Level::ALL.map(|level| (scenario, level)))
    {
        let options = WorldOptions::new(3).level(level).rates(Rates::all());
        let options = options.keep_records();
        let (_, (file, expected)) = scenario.run_and(&options, |world| {
            let mut file = Vec::new();
            world.write_pcapng(&mut file).unwrap();
            let is_written = |what: &Happened| match what {
                Happened::Sent { .. } | Happened::Arrived { .. } | Happened::Dropped { .. } => {
                    level == Level::Datagrams
                }
                Happened::Frame { .. } => level == Level::Frames,
                _ => false,
            };
            let records = world.records().iter();
            let expected = records.filter(|record| is_written(&record.what));
            (file, (expected.count(), world.hosts().count()))
        });
        let mut reader = PcapNgReader::new(&file[..]).unwrap();
        let (mut packets, mut interfaces, mut losses) = (0, 0, 0);
        while let Some(block) = reader.next_block() {
            match block.unwrap() {
                Block::EnhancedPacket(packet) => {
                    packets += 1;
                    if level == Level::Datagrams {
                        let parsed = etherparse::SlicedPacket::from_ip(&packet.data).unwrap();
                        assert!(parsed.transport.is_some(), "it is a datagram");
                    }
                    let comment = packet.options.iter().find_map(|option| match option {
                        EnhancedPacketOption::Comment(text) => Some(text.clone()),
                        _ => None,
                    });
                    losses += usize::from(comment.unwrap().contains("did not get to"));
                }
                Block::InterfaceDescription(_) => interfaces += 1,
                _ => {}
            }
        }
        assert_eq!((packets, interfaces), expected, "{}", scenario.name);
        assert!(losses > 0);
    }
}

#[test]
fn without_records_the_file_is_empty() {
    let options = WorldOptions::new(3);
    let (_, file) = SCENARIOS[0].run_and(&options, |world| {
        let mut file = Vec::new();
        world.write_pcapng(&mut file).unwrap();
        file
    });
    let mut reader = PcapNgReader::new(&file[..]).unwrap();
    assert!(reader.next_block().is_none());
}
