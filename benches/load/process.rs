//! The server under test as a process: what it runs on, how it starts and stops, and what it uses.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::connection::Connection;
use crate::request::Target;
use crate::{Outcome, fault};

/// How long a server may take to start or to stop before the run is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server; killed when dropped.
pub struct Process {
    child: Child,
    ticks_per_second: f64,
}

/// Memory of a process, in KiB.
pub struct Memory {
    pub resident: u64,
    pub peak: u64,
}

impl Process {
    /// Starts `program` and waits until discovery answers. Returns how long that took.
    pub async fn start(
        mut program: Command,
        address: SocketAddr,
        target: &Target,
        log: &Path,
    ) -> Outcome<(Self, Duration)> {
        let log = std::fs::File::options().create(true).append(true).open(log)?;
        program.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let asked = target.get("/.well-known/openid-configuration", &[]);
        let started = Instant::now();
        let mut process = Self { child: program.spawn()?, ticks_per_second: clock_ticks()? };
        loop {
            let mut connection = Connection::new(address);
            if let Ok(answer) = connection.send(&asked).await
                && answer.status == 200
            {
                return Ok((process, started.elapsed()));
            }
            if let Some(status) = process.child.try_wait()? {
                return fault(format!("the server ended at its start: {status}"));
            }
            if started.elapsed() > PATIENCE {
                return fault("the server does not answer discovery");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Processor time used so far by all threads, user and system, living and ended.
    pub fn cpu(&self) -> Outcome<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The second field is the program's name in brackets and may hold spaces: count behind it.
        let (_, fields) = stat.rsplit_once(')').ok_or("/proc/PID/stat is not as expected")?;
        let mut ticks = 0_u32;
        for field in fields.split_whitespace().skip(11).take(2) {
            ticks += field.parse::<u32>()?;
        }
        Ok(Duration::from_secs_f64(f64::from(ticks) / self.ticks_per_second))
    }

    pub fn memory(&self) -> Outcome<Memory> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib = |name: &str| -> Outcome<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let value = line.and_then(|rest| rest.trim_start_matches(':').split_whitespace().next());
            Ok(value.ok_or("/proc/PID/status is not as expected")?.parse()?)
        };
        Ok(Memory { resident: kib("VmRSS")?, peak: kib("VmHWM")? })
    }

    /// Asks the server to stop, and waits until it has.
    pub async fn stop(mut self) -> Outcome<()> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        let asked = Instant::now();
        while self.child.try_wait()?.is_none() {
            if asked.elapsed() > PATIENCE {
                return fault("the server does not stop on SIGTERM");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Already ended is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command held to one core, or left alone.
pub fn pinned(program: &Path, core: Option<u32>) -> Command {
    match core {
        Some(core) => {
            let mut command = Command::new("taskset");
            command.arg("-c").arg(core.to_string()).arg(program);
            command
        }
        None => Command::new(program),
    }
}

/// Holds this process to one core.
pub fn pin_self(core: u32) -> Outcome<()> {
    let id = std::process::id().to_string();
    let done = Command::new("taskset").args(["-apc", &core.to_string(), &id]).stdout(Stdio::null()).status()?;
    if done.success() { Ok(()) } else { fault("taskset could not hold the load client to its core") }
}

fn clock_ticks() -> Outcome<f64> {
    let printed = Command::new("getconf").arg("CLK_TCK").output()?.stdout;
    Ok(String::from_utf8(printed)?.trim().parse()?)
}
