//! The pages of the account centre, asked for at a fixed rate whatever the answers take (an open loop): a request's time runs from
//! the moment it was due, so that one slow answer counts for all that waited behind it.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::connection::Connection;
use crate::people::{People, spread};
use crate::process::Process;
use crate::setting::Setting;
use crate::{Outcome, fault};

/// The pages there may be. One that this version does not have is left out and said so.
const PAGES: [(&str, &str); 9] = [
    ("home", "/account"),
    ("personal information", "/account/personal"),
    ("security", "/account/security"),
    ("devices", "/account/devices"),
    ("apps", "/account/apps"),
    ("news", "/account/news"),
    ("activity", "/account/activity"),
    ("data", "/account/data"),
    ("settings", "/account/settings"),
];

/// Load before the measuring begins.
const WARM_UP: Duration = Duration::from_secs(2);
/// A person looks at so many pages of a row; the first of them writes down that their sign-in was used.
const LOOKS: u64 = 4;

/// Idle connections, shared by whatever is sent next.
type Idle = Rc<RefCell<Vec<Connection>>>;

/// Measures page by page, then all of them mixed.
pub async fn measure(setting: &Setting, server: &Process, people: &People, rate: u32, time: Duration) -> Outcome<()> {
    machine(rate, time)?;
    let mut pages = Vec::new();
    for (title, path) in PAGES {
        match status(setting, people, path).await? {
            200 => pages.push((title, path)),
            404 => println!("(no page at {path})"),
            other => return fault(format!("{path}: status {other}")),
        }
    }
    let paths: Vec<&str> = pages.iter().map(|(_, path)| *path).collect();
    // A database that has just started has nothing in its memory: the first load is not told.
    Load { paths: paths.clone(), rate, time: 2 * time, seed: 99 }.run(setting, server, people).await?;
    println!("\n| page | p50 ms | p99 ms | p99.9 ms | slowest ms | server CPU ms | requests |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (number, (title, path)) in pages.iter().enumerate() {
        let load = Load { paths: vec![*path], rate, time, seed: u32::try_from(number)? + 1 };
        row(title, load.run(setting, server, people).await?);
    }
    let load = Load { paths, rate, time: 2 * time, seed: 100 };
    row("all of them, mixed", load.run(setting, server, people).await?);
    let memory = server.memory()?;
    println!("\nserver: {} MiB resident, {} MiB at most", memory.resident / 1024, memory.peak / 1024);
    Ok(())
}

fn machine(rate: u32, time: Duration) -> Outcome<()> {
    let processor = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
    println!(
        "{}, {} cores for server, database and client, Linux {}; {rate} requests a second, {} s a page",
        model.map_or("unknown processor", |(_, name)| name),
        std::thread::available_parallelism()?,
        kernel.trim(),
        time.as_secs(),
    );
    Ok(())
}

async fn status(setting: &Setting, people: &People, path: &str) -> Outcome<u16> {
    let cookie = format!("keyhouse_session={}", people.one(0).cookie());
    let request = setting.target.get(path, &[("Cookie", &cookie)]);
    Ok(Connection::new(setting.address).send(&request).await?.status)
}

/// One row.
struct Load<'a> {
    paths: Vec<&'a str>,
    rate: u32,
    time: Duration,
    seed: u32,
}

/// What one row gave.
struct Measured {
    /// Sorted.
    latencies: Vec<Duration>,
    cpu: Duration,
}

impl Load<'_> {
    async fn run(&self, setting: &Setting, server: &Process, people: &People) -> Outcome<Measured> {
        let idle = Idle::default();
        let whole = WARM_UP + self.time;
        let begin = Instant::now();
        let crowd = (u64::from(self.rate) * whole.as_secs() / LOOKS).max(1);
        let (mut due, mut number, mut cpu) = (Duration::ZERO, 0, None);
        let mut running = JoinSet::new();
        while due < whole {
            tokio::time::sleep_until((begin + due).into()).await;
            if due >= WARM_UP && cpu.is_none() {
                cpu = Some(server.cpu()?);
            }
            let drawn = spread(number, 1_000_000 + self.seed);
            let place = u32::try_from(drawn % crowd)?;
            // The crowd is somewhere else among the people in every row.
            let person = people.one(u32::try_from(spread(place, 2_000_000 + self.seed) % u64::from(people.count()))?);
            let path = self.paths.get(usize::try_from((drawn >> 40) % u64::try_from(self.paths.len())?)?);
            let cookie = format!("keyhouse_session={}", person.cookie());
            let request = setting.target.get(path.copied().unwrap_or_default(), &[("Cookie", &cookie)]);
            let connection = idle.borrow_mut().pop().unwrap_or_else(|| Connection::new(setting.address));
            let (at, own) = (begin + due, Rc::clone(&idle));
            let counts = due >= WARM_UP;
            running.spawn_local(async move { Ok::<_, Failure>((counts, ask(connection, &request, &own, at).await?)) });
            due += gap(self.rate, spread(number, 3_000_000 + self.seed));
            number += 1;
        }
        let mut latencies = Vec::new();
        while let Some(done) = running.join_next().await {
            let (counts, latency) = done??;
            if counts {
                latencies.push(latency);
            }
        }
        latencies.sort_unstable();
        Ok(Measured { latencies, cpu: server.cpu()?.saturating_sub(cpu.unwrap_or_default()) })
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn ask(mut connection: Connection, request: &[u8], idle: &Idle, due: Instant) -> Outcome<Duration> {
    let answer = connection.send(request).await?;
    let latency = due.elapsed();
    answer.expect(200, "a page")?;
    if !answer.text().contains("</html>") {
        return fault("an answer is no page");
    }
    idle.borrow_mut().push(connection);
    Ok(latency)
}

/// The time until the next request: people do not come in step (a Poisson process).
fn gap(rate: u32, drawn: u64) -> Duration {
    let part = f64::from(u32::try_from(drawn >> 32).unwrap_or(0)) / f64::from(u32::MAX);
    Duration::from_secs_f64(-(1.0 - part).max(f64::EPSILON).ln() / f64::from(rate))
}

fn row(title: &str, measured: Measured) {
    let Measured { latencies, cpu } = measured;
    let at = |per_mille: usize| {
        let place = latencies.len().saturating_sub(1) * per_mille / 1000;
        latencies.get(place).copied().unwrap_or_default().as_secs_f64() * 1000.0
    };
    let count = u32::try_from(latencies.len()).unwrap_or(u32::MAX);
    let each = cpu.as_secs_f64() * 1000.0 / f64::from(count.max(1));
    println!("| {title} | {:.2} | {:.2} | {:.2} | {:.2} | {each:.2} | {count} |", at(500), at(990), at(999), at(1000),);
}
