//! One pass over what the sockets do: messages, a multicast group, an error, close.

use std::process::ExitCode;

fn main() -> ExitCode {
    anydgram_examples::demo::main()
}
