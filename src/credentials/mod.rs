//! What a person signs in with.
