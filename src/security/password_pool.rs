//! argon2id on threads of its own behind a bounded queue, so that a flood of sign-ins costs memory and time that are
//! known, and token traffic goes on beside it. Hashes that other systems made are checked on the same threads.

use argon2::{Block, Params};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::stored_hash::{HashFault, StoredHash, argon2};
use super::{password_text, random};
use crate::clock::Stopwatch;
use crate::config::Passwords;

/// No wrong password is answered later than this for the sake of those that take long to check.
const LONGEST_HOLD: Duration = Duration::from_secs(2);

/// Why no hash was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordPoolError {
    /// The queue is full: try again in a few seconds.
    #[error("too many passwords are waiting to be checked")]
    Busy,
    /// The cost is not one argon2 takes, or a stored hash is damaged.
    #[error("a password hash could not be computed or read")]
    Fault,
}

impl From<HashFault> for PasswordPoolError {
    fn from(_: HashFault) -> Self {
        Self::Fault
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Wrong, or there is no password.
    Wrong,
    /// Right.
    Right,
    /// Right, but hashed at another cost than today's, or elsewhere: store this hash instead.
    RightRenew(String),
}

type Job = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

/// The pool. Cheap to clone.
#[derive(Clone)]
pub struct PasswordPool {
    queue: SyncSender<Job>,
    params: Params,
    dummy: Arc<str>,
    computed: Arc<AtomicU64>,
    /// Microseconds that the slowest check of a foreign hash took, and a quarter more.
    slowest: Arc<AtomicU64>,
}

/// What a check found, and what it took.
struct Checked {
    verdict: Verdict,
    took: Duration,
    is_foreign: bool,
}

impl PasswordPool {
    /// Starts the threads; each keeps its working memory.
    pub fn start(config: &Passwords) -> Result<Self, PasswordPoolError> {
        let params = Params::new(config.memory_kib, config.iterations, config.parallelism, None)
            .map_err(|_| PasswordPoolError::Fault)?;
        let (queue, waiting) = sync_channel::<Job>(config.queue.max(1));
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..config.threads.unwrap_or_else(cores) {
            let waiting = Arc::clone(&waiting);
            std::thread::Builder::new()
                .name(format!("argon2-{number}"))
                .spawn(move || work(&waiting))
                .map_err(|_| PasswordPoolError::Fault)?;
        }
        // Somebody without a password is checked against this: the same work, never a match.
        let dummy = hash(&params, &random::secret(), &mut Vec::new())?;
        Ok(Self { queue, params, dummy: dummy.into(), computed: Arc::default(), slowest: Arc::default() })
    }

    /// Hashes a new password with today's cost, as a PHC string.
    pub async fn hash(&self, password: Zeroizing<String>) -> Result<String, PasswordPoolError> {
        let params = self.params.clone();
        self.run(move |memory| hash(&params, &password, memory)).await?
    }

    /// Checks a password. `None` (no account, no password) does the same work and is wrong.
    ///
    /// A hash that another system made may take longer than ours, and would so tell that there is an account which was brought
    /// along: once one was checked, every wrong password is answered after as long as that took, whoever it is for.
    pub async fn verify(
        &self,
        password: Zeroizing<String>,
        stored: Option<String>,
    ) -> Result<Verdict, PasswordPoolError> {
        let params = self.params.clone();
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.dummy.to_string());
        let checked = self.run(move |memory| check(&params, &password, (&stored, known), memory)).await??;
        if checked.is_foreign {
            let micros = u64::try_from((checked.took * 5 / 4).min(LONGEST_HOLD).as_micros()).unwrap_or(u64::MAX);
            self.slowest.fetch_max(micros, Ordering::Relaxed);
        }
        if checked.verdict == Verdict::Wrong {
            // Nothing waits but this answer: no thread, no connection to the store.
            tokio::time::sleep(self.hold().saturating_sub(checked.took)).await;
        }
        Ok(checked.verdict)
    }

    /// How long after its check begins a wrong password is answered, at least.
    fn hold(&self) -> Duration {
        Duration::from_micros(self.slowest.load(Ordering::Relaxed))
    }

    /// How many jobs the threads have done since the start: what sign-ins cost.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, PasswordPoolError> {
        let (sender, answer) = oneshot::channel();
        let computed = Arc::clone(&self.computed);
        let job: Job = Box::new(move |memory| {
            // Nobody waits any more: the work would be for nothing.
            if !sender.is_closed() {
                computed.fetch_add(1, Ordering::Relaxed);
                let _ = sender.send(job(memory));
            }
        });
        self.queue.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => PasswordPoolError::Busy,
            TrySendError::Disconnected(_) => PasswordPoolError::Fault,
        })?;
        answer.await.map_err(|_| PasswordPoolError::Fault)
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn work(waiting: &Mutex<Receiver<Job>>) {
    let mut memory = Vec::new();
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(&mut memory),
            Err(_) => return,
        }
    }
}

fn hash(params: &Params, password: &str, memory: &mut Vec<Block>) -> Result<String, PasswordPoolError> {
    let salt = random::bytes::<16>();
    let outcome = argon2(params, &password_text::normal(password), (&salt, Params::DEFAULT_OUTPUT_LEN), memory)?;
    Ok(StoredHash::Argon2id { params: params.clone(), salt: salt.to_vec(), outcome }.to_string())
}

fn check(
    today: &Params,
    password: &str,
    (stored, known): (&str, bool),
    memory: &mut Vec<Block>,
) -> Result<Checked, PasswordPoolError> {
    let watch = Stopwatch::start();
    let stored = StoredHash::parse(stored)?;
    let normal = password_text::normal(password);
    let mut right = stored.matches(&normal, memory)? && known;
    let mut is_current = stored.is_current(today);
    // Other systems, and this one before it did so, hashed what was typed as it came.
    if !right && *normal != *password {
        right = stored.matches(password, memory)? && known;
        is_current = false;
    }
    let took = watch.elapsed();
    // What somebody else's cost took is given back.
    if memory.len() > today.block_count() {
        memory.truncate(today.block_count());
        memory.shrink_to_fit();
    }
    let verdict = match (right, is_current) {
        (false, _) => Verdict::Wrong,
        (true, true) => Verdict::Right,
        (true, false) => hash(today, password, memory).map(Verdict::RightRenew)?,
    };
    Ok(Checked { verdict, took, is_foreign: stored.is_foreign() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(memory_kib: u32) -> PasswordPool {
        let config = Passwords {
            memory_kib,
            iterations: 1,
            parallelism: 1,
            threads: Some(1),
            queue: 4,
            minimum: 8,
            maximum: 256,
        };
        PasswordPool::start(&config).unwrap()
    }

    fn password(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_hash_matches_its_password_and_no_other() {
        let pool = pool(64);
        let hash = pool.hash(password("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        let verdict = pool.verify(password("correct horse"), Some(hash.clone())).await.unwrap();
        assert_eq!(verdict, Verdict::Right);
        assert_eq!(pool.verify(password("battery staple"), Some(hash)).await.unwrap(), Verdict::Wrong);
        assert_eq!(pool.verify(password("correct horse"), None).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_renewed() {
        let old = pool(64).hash(password("correct horse")).await.unwrap();
        let verdict = pool(128).verify(password("correct horse"), Some(old)).await.unwrap();
        let Verdict::RightRenew(new) = verdict else { panic!("{verdict:?}") };
        assert!(new.contains("m=128"));
    }

    #[tokio::test]
    async fn the_same_letters_typed_otherwise_are_right_and_an_old_hash_of_them_is_renewed() {
        let pool = pool(64);
        let hash = pool.hash(password("cafe\u{301} ｃｏｒｒｅｃｔ")).await.unwrap();
        for typed in ["caf\u{e9} correct", "cafe\u{301} correct", "caf\u{e9} ｃｏｒｒｅｃｔ"] {
            assert_eq!(pool.verify(password(typed), Some(hash.clone())).await.unwrap(), Verdict::Right, "{typed}");
        }
        // As it was hashed before: byte for byte.
        let (raw, params, salt) = ("cafe\u{301} correct", Params::new(64, 1, 1, None).unwrap(), b"0123456789abcdef");
        let outcome = argon2(&params, raw, (salt, 32), &mut Vec::new()).unwrap();
        let old = StoredHash::Argon2id { params, salt: salt.to_vec(), outcome }.to_string();
        let verdict = pool.verify(password(raw), Some(old.clone())).await.unwrap();
        let Verdict::RightRenew(new) = verdict else { panic!("{verdict:?}") };
        assert_eq!(pool.verify(password("caf\u{e9} correct"), Some(new)).await.unwrap(), Verdict::Right);
        assert_eq!(pool.verify(password("cafe correct"), Some(old)).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_wrong_password_takes_as_long_for_nobody_as_for_a_slow_foreign_hash() {
        let pool = pool(64);
        let nobody = async || {
            let watch = Stopwatch::start();
            assert_eq!(pool.verify(password("x"), None).await.unwrap(), Verdict::Wrong);
            watch.elapsed()
        };
        let quick = nobody().await;
        let slow = "$pbkdf2-sha256$i=300000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4";
        let watch = Stopwatch::start();
        assert_eq!(pool.verify(password("x"), Some(slow.to_owned())).await.unwrap(), Verdict::Wrong);
        let foreign = watch.elapsed();
        let held = nobody().await;
        assert!(quick * 2 < foreign, "{quick:?} {foreign:?}: nothing to hide");
        assert!(held * 5 >= foreign * 4, "{held:?} for nobody, {foreign:?} for somebody");
    }

    #[tokio::test]
    async fn a_damaged_hash_is_a_fault_not_a_match() {
        let outcome = pool(64).verify(password("x"), Some("$argon2id$broken".to_owned())).await;
        assert_eq!(outcome, Err(PasswordPoolError::Fault));
    }
}
