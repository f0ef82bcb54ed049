//! cloud's table: files with their bytes, keyed by the person's `sub`.

use diesel::prelude::*;

/// Made at start where it is missing.
pub const TABLES: &str = "
CREATE TABLE IF NOT EXISTS files (
    id TEXT PRIMARY KEY NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    content BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS files_by_owner ON files (owner, created_at);
CREATE TABLE IF NOT EXISTS locks (
    file TEXT PRIMARY KEY NOT NULL,
    owner TEXT NOT NULL
);
";

/// A person's files are few and small here: this is an example.
pub const MOST_FILES: i64 = 200;

diesel::table! {
    files (id) { id -> Text, owner -> Text, name -> Text, media_type -> Text, size -> BigInt, created_at -> BigInt, content -> Binary, }
}

diesel::table! {
    locks (file) { file -> Text, owner -> Text, }
}

/// A file to be kept.
#[derive(Insertable)]
#[diesel(table_name = files)]
pub struct NewFile {
    /// 256 random bits.
    pub id: String,
    /// `sub`.
    pub owner: String,
    /// As shown, checked by `file::name`.
    pub name: String,
    /// As checked by `file::media_type`.
    pub media_type: String,
    /// In bytes.
    pub size: i64,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// A file without its bytes.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = files)]
pub struct FileRow {
    /// 256 random bits.
    pub id: String,
    /// As shown.
    pub name: String,
    /// What the uploader's browser called it.
    pub media_type: String,
    /// In bytes.
    pub size: i64,
    /// Seconds since 1970.
    pub created_at: i64,
}

/// A person's files, the newest first.
pub fn list(connection: &mut SqliteConnection, owner: &str) -> QueryResult<Vec<FileRow>> {
    files::table
        .filter(files::owner.eq(owner))
        .order((files::created_at.desc(), files::id))
        .select(FileRow::as_select())
        .load(connection)
}

/// Keeps a file. `false`: the person has too many. Run it in a transaction.
pub fn add(connection: &mut SqliteConnection, file: &NewFile) -> QueryResult<bool> {
    let kept: i64 = files::table.filter(files::owner.eq(&file.owner)).count().get_result(connection)?;
    if kept >= MOST_FILES {
        return Ok(false);
    }
    diesel::insert_into(files::table).values(file).execute(connection)?;
    Ok(true)
}

/// One of a person's files, with its bytes. Another person's is not found.
pub fn find(connection: &mut SqliteConnection, owner: &str, id: &str) -> QueryResult<Option<(FileRow, Vec<u8>)>> {
    files::table
        .find(id)
        .filter(files::owner.eq(owner))
        .select((FileRow::as_select(), files::content))
        .first(connection)
        .optional()
}

/// Locks one of a person's files; `false` where there is none.
pub fn lock(connection: &mut SqliteConnection, owner: &str, id: &str) -> QueryResult<bool> {
    let kept: i64 = files::table.filter(files::owner.eq(owner).and(files::id.eq(id))).count().get_result(connection)?;
    if kept == 0 {
        return Ok(false);
    }
    let row = (locks::file.eq(id), locks::owner.eq(owner));
    diesel::insert_or_ignore_into(locks::table).values(row).execute(connection)?;
    Ok(true)
}

/// Takes the lock off.
pub fn unlock(connection: &mut SqliteConnection, owner: &str, id: &str) -> QueryResult<usize> {
    diesel::delete(locks::table.filter(locks::owner.eq(owner).and(locks::file.eq(id)))).execute(connection)
}

/// Which of a person's files are locked.
pub fn locked(connection: &mut SqliteConnection, owner: &str) -> QueryResult<Vec<String>> {
    locks::table.filter(locks::owner.eq(owner)).select(locks::file).load(connection)
}

/// Whether one of them is.
pub fn is_locked(connection: &mut SqliteConnection, owner: &str, id: &str) -> QueryResult<bool> {
    Ok(locked(connection, owner)?.iter().any(|file| file == id))
}

/// Deletes one of a person's files.
pub fn delete(connection: &mut SqliteConnection, owner: &str, id: &str) -> QueryResult<usize> {
    unlock(connection, owner, id)?;
    diesel::delete(files::table.find(id).filter(files::owner.eq(owner))).execute(connection)
}

/// Erases everything that cloud keeps about a person, and answers how many files that were.
pub fn erase(connection: &mut SqliteConnection, owner: &str) -> QueryResult<usize> {
    diesel::delete(locks::table.filter(locks::owner.eq(owner))).execute(connection)?;
    diesel::delete(files::table.filter(files::owner.eq(owner))).execute(connection)
}
