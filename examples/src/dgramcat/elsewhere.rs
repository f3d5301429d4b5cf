//! In place of `userspace`, on systems without TAP interfaces.

use super::Failure;
use super::given::Usage;
use super::plan;
use super::run::Network;

/// # Errors
/// Always.
pub(super) fn open(plan: &plan::Userspace) -> Result<Box<dyn Network>, Failure> {
    let tap = &plan.tap;
    let text = format!("--tap {tap}: TAP interfaces are for Linux");
    Err(Usage(text).into())
}
