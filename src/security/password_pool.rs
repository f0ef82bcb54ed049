//! argon2id on threads of its own behind a bounded queue, so that a flood of sign-ins costs memory and time that are
//! known, and token traffic goes on beside it.

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::random;
use crate::config::Passwords;

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

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Wrong, or there is no password.
    Wrong,
    /// Right.
    Right,
    /// Right, but hashed at another cost than today's: store this hash instead.
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
        Ok(Self { queue, params, dummy: dummy.into(), computed: Arc::default() })
    }

    /// Hashes a new password with today's cost, as a PHC string.
    pub async fn hash(&self, password: Zeroizing<String>) -> Result<String, PasswordPoolError> {
        let params = self.params.clone();
        self.run(move |memory| hash(&params, &password, memory)).await?
    }

    /// Checks a password. `None` (no account, no password) does the same work and is wrong.
    pub async fn verify(
        &self,
        password: Zeroizing<String>,
        stored: Option<String>,
    ) -> Result<Verdict, PasswordPoolError> {
        let params = self.params.clone();
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.dummy.to_string());
        self.run(move |memory| {
            let right = matches(&stored, &password, memory)? && known;
            match (right, is_current(&stored, &params)) {
                (false, _) => Ok(Verdict::Wrong),
                (true, true) => Ok(Verdict::Right),
                (true, false) => hash(&params, &password, memory).map(Verdict::RightRenew),
            }
        })
        .await?
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
    let output = compute(params, password, &salt, memory)?;
    let hash = PasswordHash {
        algorithm: argon2::ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: params.try_into().map_err(|_| PasswordPoolError::Fault)?,
        salt: Some(Salt::new(&salt).map_err(|_| PasswordPoolError::Fault)?),
        hash: Some(Output::new(&output).map_err(|_| PasswordPoolError::Fault)?),
    };
    Ok(hash.to_string())
}

fn matches(stored: &str, password: &str, memory: &mut Vec<Block>) -> Result<bool, PasswordPoolError> {
    let stored = PasswordHash::new(stored).map_err(|_| PasswordPoolError::Fault)?;
    let params = Params::try_from(&stored).map_err(|_| PasswordPoolError::Fault)?;
    let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else { return Err(PasswordPoolError::Fault) };
    let output = compute(&params, password, salt.as_ref(), memory)?;
    Ok(random::equal(&output, expected.as_bytes()))
}

fn compute(
    params: &Params,
    password: &str,
    salt: &[u8],
    memory: &mut Vec<Block>,
) -> Result<[u8; Params::DEFAULT_OUTPUT_LEN], PasswordPoolError> {
    memory.resize(params.block_count(), Block::default());
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut *memory)
        .map_err(|_| PasswordPoolError::Fault)?;
    Ok(output)
}

fn is_current(stored: &str, params: &Params) -> bool {
    PasswordHash::new(stored).ok().and_then(|hash| Params::try_from(&hash).ok()).is_some_and(|own| {
        (own.m_cost(), own.t_cost(), own.p_cost()) == (params.m_cost(), params.t_cost(), params.p_cost())
    })
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
    async fn a_damaged_hash_is_a_fault_not_a_match() {
        let outcome = pool(64).verify(password("x"), Some("$argon2id$broken".to_owned())).await;
        assert_eq!(outcome, Err(PasswordPoolError::Fault));
    }
}
