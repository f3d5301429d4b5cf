//! All that has happened as one HTML page: a line for each host and each process, datagrams and frames as arrows, drops and faults
//! marked.
//!
//! The page needs nothing else, and no network. `timeline.html` is what draws; here is what it draws.

mod lanes;
mod process;

use core::fmt::Write as _;
use std::io::{self, Write};

use crate::chance::Site;
use crate::trace::{Happened, OfFrame, Record, Told};
use crate::world::World;
use lanes::Lanes;
use process::{ends_of, of_process, state_of};

impl World<'_> {
    /// Writes all that has happened as an HTML page. Of a world that keeps no records nothing has.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_timeline(&self, mut out: impl Write, title: &str) -> io::Result<()> {
        let (head, tail) = PAGE.split_once(DATA).unwrap_or((PAGE, ""));
        let title = escape(title);
        out.write_all(head.replace("TITLE", &title).as_bytes())?;
        let lanes = Lanes::of(self);
        let names: Vec<String> = lanes.names().map(quote).collect();
        let (hosts, names) = (self.hosts().count(), names.join(","));
        write!(out, "{{ hosts: {hosts}, lanes: [{names}], events: [")?;
        for record in self.records() {
            out.write_all(self.event(record, &lanes).as_bytes())?;
        }
        out.write_all(b"] }")?;
        out.write_all(tail.as_bytes())
    }

    /// One event, as `timeline.html` has it.
    fn event(&self, record: &Record, lanes: &Lanes) -> String {
        let at = record.at.as_micros();
        let detail = quote(&record.what.to_string());
        let (mut ends, mut state) = (String::new(), String::new());
        let (lane, kind, number) = match &record.what {
            Happened::Sent {
                datagram,
                host,
                source,
                destination,
                ..
            } => {
                let (source, destination) = (source.to_string(), destination.to_string());
                ends = format!("{},{}", quote(&source), quote(&destination));
                (lanes.host(*host), 0, of_datagram(*datagram))
            }
            Happened::Arrived { datagram, host, .. } => {
                (lanes.host(*host), 1, of_datagram(*datagram))
            }
            Happened::Dropped { datagram, host, .. } => {
                (lanes.host(*host), 2, of_datagram(*datagram))
            }
            Happened::Frame { frame, host, what } => {
                let kind = match what {
                    OfFrame::Sent { .. } => 7,
                    OfFrame::Arrived { .. } => 8,
                    OfFrame::Dropped(_) => 9,
                };
                (lanes.host(*host), kind, of_frame(*frame))
            }
            Happened::Told {
                host,
                socket,
                event,
            } => {
                if let Some(entered) = entered(event) {
                    state = format!(",{socket},{}", quote(entered));
                }
                (lanes.host(*host), 3, nothing())
            }
            Happened::Process {
                host,
                process,
                what,
            } => {
                let (kind, number) = of_process(*host, what);
                ends = ends_of(what);
                state = state_of(what);
                (lanes.process(*process), kind, number)
            }
            Happened::Fault(fault) => (self.about(fault.site, lanes), 4, nothing()),
            Happened::Up { host } | Happened::LinkUp { host, .. } => {
                (lanes.host(*host), 5, nothing())
            }
            Happened::Note { host, .. } | Happened::Ran { host, .. } => {
                (lanes.host(*host), 6, nothing())
            }
        };
        format!("[{at},{lane},{kind},{number},[{ends}],{detail}{state}],\n")
    }

    /// The line of the host or the process that a decision is about; of a segment, the first.
    fn about(&self, site: Site, lanes: &Lanes) -> usize {
        match site {
            Site::Up(cable) | Site::Down(cable) => lanes.host(self.host_of(cable)),
            Site::Host(host) => lanes.host(host),
            Site::Process(process) | Site::Unix(process) => lanes.process(process),
            Site::Segment(_) | Site::Other(_) => 0,
        }
    }
}

/// What the page calls a datagram.
fn of_datagram(number: u64) -> String {
    number.to_string()
}

/// What the page calls a frame.
fn of_frame(number: u64) -> String {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    number.saturating_neg().saturating_sub(2).to_string()
}

/// The state that a socket is in after an event, if it is another one.
fn entered(event: &Told) -> Option<&'static str> {
    match event {
        Told::Listening => Some("bound"),
        Told::Connect => Some("connected"),
        Told::Close => Some("closed"),
        Told::Message(..) | Told::Sent(_) | Told::NotSent(_) | Told::Drained | Told::Error(_) => {
            None
        }
    }
}

/// Text as a string of JavaScript, which ends no script.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            ' '..='~' if !matches!(letter, '"' | '\\' | '<' | '&') => quoted.push(letter),
            _ => {
                let mut units = [0; 2];
                for unit in letter.encode_utf16(&mut units) {
                    let written = write!(quoted, "\\u{unit:04x}");
                    debug_assert!(written.is_ok(), "a string takes everything");
                }
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Text as it stands in HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// What the page calls neither a datagram nor a frame.
fn nothing() -> String {
    "-1".to_owned()
}

const PAGE: &str = include_str!("timeline/timeline.html");
/// Where the data goes.
const DATA: &str = "/*DATA*/";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Rates;
    use crate::scenario::SCENARIOS;
    use crate::world::{Level, WorldOptions};

    #[test]
    fn every_record_is_in_the_page_and_none_ends_the_script() {
        for level in Level::ALL {
            let options = WorldOptions::new(5).level(level).rates(Rates::all());
            let (_, (page, records)) = SCENARIOS[0].run_and(&options.keep_records(), |world| {
                let mut page = Vec::new();
                world.write_timeline(&mut page, "</script> & more").unwrap();
                (String::from_utf8(page).unwrap(), world.records().len())
            });
            let data = page.split_once("events: [").unwrap().1;
            let data = data.split_once("] };").unwrap().0;
            assert_eq!(data.lines().count(), records);
            assert_eq!(data.contains(" sent frame "), level == Level::Frames);
            assert!(page.contains("<title>&lt;/script> &amp; more</title>"));
            assert_eq!(page.matches("</script>").count(), 1, "its own");
        }
    }

    #[test]
    fn strings_of_any_text_are_strings() {
        assert_eq!(quote("a\"b\\</\n"), r#""a\u0022b\u005c\u003c/\u000a""#);
        assert_eq!(quote("é😀"), r#""\u00e9\ud83d\ude00""#);
    }
}
