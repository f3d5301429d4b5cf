//! Asks a time server, by address or by name: `ask` and a host in a datagram to the control port.
#![no_std]
#![no_main]

use anydgram_core::stack::{Random, Seed};
use anydgram_core::{Destination, SocketType};
use anydgram_embassy::Socket;
use anydgram_firmware::{Command, command, link, listen, seed};
use anydgram_firmware_board::{self as board, Ethernet};
use anydgram_firmware_sntp::{Answer, PORT, Refusal, Request, Time};
use embassy_executor::Spawner;
use embassy_net::Stack;
use embassy_time::{Duration, Instant, with_timeout};

/// How long an answer is waited for: the first time, the second time and so on.
const PATIENCE: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

#[cortex_m_rt::entry]
fn main() -> ! {
    board::run(start)
}

fn start(spawner: Spawner, ethernet: Ethernet) {
    let seed = u128::from(seed(anydgram_firmware::hardware_address(&ethernet)));
    let (stack, [socket, commands]) = anydgram_firmware::start(spawner, ethernet, SocketType::Udp4);
    let client = Client {
        socket,
        // Another seed than the host's: what one gives away must not tell of the other.
        random: Random::new(Seed::new((!seed).to_le_bytes())),
        offset: 0,
    };
    spawner.spawn(serve(spawner, stack, client, commands).expect("spawned once"));
}

/// Asks whom it is told to ask.
#[embassy_executor::task]
async fn serve(
    spawner: Spawner,
    stack: Stack<'static>,
    mut client: Client,
    commands: Socket<'static>,
) -> ! {
    listen(&commands).await;
    stack.wait_link_up().await;
    spawner.spawn(link(stack).expect("spawned once"));
    let mut buffer = [0; 64];
    loop {
        let Command::Ask(host) = command(&commands, &mut buffer).await else {
            defmt::warn!("no command");
            continue;
        };
        client.ask(host).await;
    }
}

/// Why a question has no answer.
enum Failure {
    /// The server does not want to be asked.
    Unwanted,
    /// Nothing that can be believed has come.
    Silence,
}

struct Client {
    socket: Socket<'static>,
    random: Random,
    /// What the clock has to be advanced by, in microseconds, as far as is known.
    offset: i64,
}

impl Client {
    /// Asks a server, several times if it has to be.
    async fn ask(&mut self, host: &str) {
        // From then on, datagrams of others are not received.
        if let Err(error) = self.socket.connect(Destination::new(host, PORT)).await {
            defmt::warn!("{}", error);
            return;
        }
        self.ask_connected().await;
        self.socket.disconnect().ok();
    }

    async fn ask_connected(&mut self) {
        for patience in PATIENCE {
            match with_timeout(patience, self.ask_once())
                .await
                .unwrap_or(Err(Failure::Silence))
            {
                Ok(answer) => {
                    self.tell(&answer);
                    return;
                }
                Err(Failure::Unwanted) => return,
                Err(Failure::Silence) => defmt::warn!("no answer"),
            }
        }
    }

    async fn ask_once(&mut self) -> Result<Answer, Failure> {
        let request = Request::new(self.random.next(), self.now());
        if let Err(error) = self.socket.send(&request.packet()).await {
            defmt::warn!("{}", error);
            return Err(Failure::Silence);
        }
        let mut buffer = [0; 128];
        loop {
            let length = match self.socket.recv_from(&mut buffer).await {
                Ok((length, _)) => length,
                Err(error) => {
                    defmt::warn!("{}", error);
                    return Err(Failure::Silence);
                }
            };
            // What is longer has extensions, which nobody reads.
            let packet = buffer.get(..length).unwrap_or(&buffer);
            match request.read(packet, self.now()) {
                Ok(answer) => return Ok(answer),
                Err(Refusal::KissOfDeath(reason)) => {
                    defmt::warn!("kiss of death {=[u8; 4]:a}", reason);
                    return Err(Failure::Unwanted);
                }
                Err(refusal) => defmt::warn!("refused: {}", refusal),
            }
        }
    }

    /// Sets the clock, and says what time it is.
    fn tell(&mut self, answer: &Answer) {
        self.offset += answer.offset;
        defmt::info!(
            "{=i64:us}, offset {=i64} us, delay {=i64} us, stratum {=u8}",
            self.now().as_micros(),
            answer.offset,
            answer.delay,
            answer.stratum
        );
    }

    /// The time by the client's clock.
    #[expect(clippy::disallowed_methods, reason = "the clock is what is set")]
    fn now(&self) -> Time {
        let uptime = i64::try_from(Instant::now().as_micros()).unwrap_or(i64::MAX);
        Time::from_micros(uptime.saturating_add(self.offset))
    }
}
