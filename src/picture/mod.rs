//! Pictures of people: [`square`] makes them, a few at a time, on threads that no request waits on.

pub mod square;

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use square::{PictureFault, Square};

/// So many pictures are decoded at once at most; of heavy ones, one.
const AT_ONCE: u32 = 2;
/// So many may be on their way at once, being received or waiting: at 5 MiB each, what they take is known.
const ON_THE_WAY: u32 = 24;

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPicture {
    /// Too many are on their way: try again in a few seconds.
    #[error("too many pictures are being made")]
    Busy,
    /// The file is not taken.
    #[error(transparent)]
    Refused(#[from] PictureFault),
}

/// Where pictures are made. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Darkroom {
    working: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// A place among the pictures on their way, held from before the file is received.
#[derive(Debug)]
pub struct Place {
    _held: OwnedSemaphorePermit,
}

impl Default for Darkroom {
    fn default() -> Self {
        let places = |count: u32| Arc::new(Semaphore::new(usize::try_from(count).unwrap_or(1)));
        Self { working: places(AT_ONCE), waiting: places(ON_THE_WAY) }
    }
}

impl Darkroom {
    /// A place for one picture, or none where too many are on their way.
    ///
    /// # Errors
    /// [`NoPicture::Busy`].
    pub fn place(&self) -> Result<Place, NoPicture> {
        let held = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| NoPicture::Busy)?;
        Ok(Place { _held: held })
    }

    /// Makes the squares of a file, on a thread for work that takes its time.
    ///
    /// # Errors
    /// [`NoPicture::Refused`], with the reason.
    pub async fn develop(&self, place: Place, file: Vec<u8>) -> Result<Vec<Square>, NoPicture> {
        let file = Arc::new(file);
        let header = Arc::clone(&file);
        let heavy = self.work(1, move || square::is_heavy(&header)).await?;
        let squares = self.work(if heavy { AT_ONCE } else { 1 }, move || square::squares_of(&file)).await;
        drop(place);
        squares
    }

    /// Runs `job` while holding so many places. The thread holds them: who stops waiting does not make room for others
    /// before the work is done.
    async fn work<T: Send + 'static>(
        &self,
        places: u32,
        job: impl FnOnce() -> Result<T, PictureFault> + Send + 'static,
    ) -> Result<T, NoPicture> {
        let held = Arc::clone(&self.working).acquire_many_owned(places).await.map_err(|_| NoPicture::Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = job();
            drop(held);
            done
        });
        match done.await {
            Ok(done) => Ok(done?),
            Err(error) => {
                tracing::error!(%error, "a picture could not be decoded: the decoder panicked");
                Err(PictureFault::Damaged.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_so_many_are_on_their_way() {
        let room = Darkroom::default();
        let places: Vec<Place> = (0..ON_THE_WAY).map(|_| room.place().unwrap()).collect();
        assert_eq!(room.place().err(), Some(NoPicture::Busy));
        drop(places);
        let refused = room.develop(room.place().unwrap(), b"no picture".to_vec()).await;
        assert_eq!(refused.err(), Some(NoPicture::Refused(PictureFault::NotAPicture)));
        assert_eq!(room.working.available_permits(), 2);
        assert_eq!(room.waiting.available_permits(), 24);
    }

    #[tokio::test]
    async fn a_decoder_that_panics_makes_a_damaged_picture() {
        let room = Darkroom::default();
        let outcome = room.work::<()>(1, || panic!("as a decoder may")).await;
        assert_eq!(outcome.err(), Some(NoPicture::Refused(PictureFault::Damaged)));
        assert_eq!(room.working.available_permits(), 2);
    }
}
