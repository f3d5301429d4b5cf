//! The lines of the page: one for each host, and below it one for each of its processes.

use crate::world::World;

/// Who is where.
pub(super) struct Lanes {
    names: Vec<String>,
    hosts: Vec<usize>,
    processes: Vec<usize>,
}

impl Lanes {
    pub(super) fn of(world: &World<'_>) -> Self {
        let mut lanes = Self {
            names: Vec::new(),
            hosts: Vec::new(),
            processes: vec![0; world.processes().count()],
        };
        for host in world.hosts() {
            let lane = lanes.names.len();
            lanes.hosts.push(lane);
            lanes.names.push(world.name(host).to_owned());
            for (process, of) in world.processes() {
                if of != host {
                    continue;
                }
                let at = crate::network::place(process.number());
                lanes.processes[at] = if world.is_application(process) {
                    lane
                } else {
                    let name = world.process_name(process);
                    lanes.names.push(format!("\u{2514} {name}"));
                    lanes.names.len() - 1
                };
            }
        }
        lanes
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(super) fn host(&self, host: u32) -> usize {
        self.hosts[crate::network::place(host)]
    }

    pub(super) fn process(&self, process: u32) -> usize {
        self.processes[crate::network::place(process)]
    }
}
