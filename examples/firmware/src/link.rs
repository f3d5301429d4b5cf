//! Whether the cable is plugged in.

use embassy_net::Stack;

/// Says when the link comes and goes. To be spawned when the program is ready for what comes then; meanwhile, nobody else
/// may wait for the stack.
#[embassy_executor::task]
pub async fn link(stack: Stack<'static>) -> ! {
    loop {
        stack.wait_link_up().await;
        defmt::info!("link up");
        stack.wait_link_down().await;
        defmt::info!("link down");
    }
}
