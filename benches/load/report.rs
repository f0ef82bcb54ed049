//! Prints what was measured, as a Markdown table that can be pasted.

use std::time::Instant;

use argon2::Argon2;

use crate::Outcome;
use crate::row::Measured;
use crate::stage::Stage;

/// How often the bare password hash is timed.
const HASHES: u32 = 40;

/// The machine and the conditions.
pub fn machine(pinned: bool, connections: usize, seconds: u64) {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, name)| name);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let held = if pinned { "server on one core, client on another" } else { "server and client on all cores" };
    println!("{model}, Linux {}; {held}; {connections} connections, {seconds} s a row", kernel.trim());
}

/// Start-up time and idle memory.
pub fn start(name: &str, stage: &Stage) {
    println!(
        "{name}: first answer {:.1} ms after the start (existing store); {:.1} MiB resident when idle",
        stage.start.as_secs_f64() * 1000.0,
        mib(stage.idle.resident),
    );
}

pub fn heading(compared: bool) {
    if compared {
        println!("\n| row | op/s | base op/s | ratio | CPU ms/op | base CPU ms/op | ratio | p99 ms | base p99 ms |");
        println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    } else {
        println!("\n| row | op/s | p50 ms | p99 ms | server CPU ms/op | server cores |");
        println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    }
}

pub fn row(title: &str, measured: &Measured) {
    println!(
        "| {title} | {:.0} | {:.2} | {:.2} | {:.4} | {:.2} |",
        measured.per_second(),
        measured.latency_ms(500),
        measured.latency_ms(990),
        measured.cpu_ms(),
        measured.cores(),
    );
}

pub fn pair(title: &str, measured: &Measured, base: &Measured) {
    println!(
        "| {title} | {:.0} | {:.0} | {:.2} | {:.4} | {:.4} | {:.2} | {:.2} | {:.2} |",
        measured.per_second(),
        base.per_second(),
        measured.per_second() / base.per_second(),
        measured.cpu_ms(),
        base.cpu_ms(),
        measured.cpu_ms() / base.cpu_ms(),
        measured.latency_ms(990),
        base.latency_ms(990),
    );
}

/// What argon2id at its default cost allows on one core: the bound of the password row.
pub fn argon2() -> Outcome<()> {
    let hash = Argon2::default();
    let mut output = [0; 32];
    let started = Instant::now();
    for _ in 0..HASHES {
        hash.hash_password_into(b"a password to measure", b"sixteen bytes of", &mut output)
            .map_err(|failure| failure.to_string())?;
    }
    let each = started.elapsed().as_secs_f64() / f64::from(HASHES);
    println!("\nargon2id alone at its default cost: {:.2} ms, {:.1} a second on one core", each * 1000.0, 1.0 / each);
    Ok(())
}

/// Memory after the load.
pub fn end(name: &str, stage: &Stage) -> Outcome<()> {
    let memory = stage.process.memory()?;
    println!("{name}: {:.1} MiB resident after the load, {:.1} MiB at most", mib(memory.resident), mib(memory.peak));
    Ok(())
}

fn mib(kib: u64) -> f64 {
    u32::try_from(kib).map_or(f64::INFINITY, |kib| f64::from(kib) / 1024.0)
}
