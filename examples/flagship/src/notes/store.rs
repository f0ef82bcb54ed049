//! notes' tables: notes, keyed by the person's `sub`, and copies of attached files.

use diesel::prelude::*;

/// Made at start where they are missing.
pub const TABLES: &str = "
CREATE TABLE IF NOT EXISTS notes (
    id TEXT PRIMARY KEY NOT NULL,
    owner TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS notes_by_owner ON notes (owner, changed_at);
CREATE TABLE IF NOT EXISTS attachments (
    id TEXT PRIMARY KEY NOT NULL,
    note TEXT NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    content BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS attachments_by_note ON attachments (note);
";

diesel::table! {
    notes (id) { id -> Text, owner -> Text, title -> Text, body -> Text, changed_at -> BigInt, }
}
diesel::table! {
    attachments (id) { id -> Text, note -> Text, name -> Text, media_type -> Text, size -> BigInt, content -> Binary, }
}
diesel::joinable!(attachments -> notes (note));
diesel::allow_tables_to_appear_in_same_query!(attachments, notes);

/// A note. No `Debug`: it is private.
#[derive(Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = notes)]
pub struct NoteRow {
    /// 256 random bits.
    pub id: String,
    /// `sub`.
    pub owner: String,
    /// May be empty.
    pub title: String,
    /// Plain text.
    pub body: String,
    /// Seconds since 1970.
    pub changed_at: i64,
}

/// A file to be attached.
#[derive(Insertable)]
#[diesel(table_name = attachments)]
pub struct NewAttachment {
    /// 256 random bits.
    pub id: String,
    /// The note.
    pub note: String,
    /// As in cloud when it was attached.
    pub name: String,
    /// As in cloud.
    pub media_type: String,
    /// In bytes.
    pub size: i64,
    /// A copy of its bytes: the note keeps them when the file is deleted in cloud.
    pub content: Vec<u8>,
}

/// An attached file without its bytes.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = attachments)]
pub struct AttachmentRow {
    /// 256 random bits.
    pub id: String,
    /// As in cloud when it was attached.
    pub name: String,
    /// As in cloud.
    pub media_type: String,
    /// In bytes.
    pub size: i64,
}

/// A person's notes, the last changed first.
pub fn list(connection: &mut SqliteConnection, owner: &str) -> QueryResult<Vec<NoteRow>> {
    notes::table
        .filter(notes::owner.eq(owner))
        .order((notes::changed_at.desc(), notes::id))
        .select(NoteRow::as_select())
        .load(connection)
}

/// One of a person's notes with what is attached. Another person's is not found.
pub fn find(
    connection: &mut SqliteConnection,
    owner: &str,
    id: &str,
) -> QueryResult<Option<(NoteRow, Vec<AttachmentRow>)>> {
    let own = notes::table.find(id).filter(notes::owner.eq(owner));
    let Some(note) = own.select(NoteRow::as_select()).first(connection).optional()? else {
        return Ok(None);
    };
    let attached = attachments::table
        .filter(attachments::note.eq(id))
        .order((attachments::name, attachments::id))
        .select(AttachmentRow::as_select())
        .load(connection)?;
    Ok(Some((note, attached)))
}

/// Keeps a new note.
pub fn add(connection: &mut SqliteConnection, row: &NoteRow) -> QueryResult<()> {
    diesel::insert_into(notes::table).values(row).execute(connection).map(|_| ())
}

/// Changes one of a person's notes. `false`: there is none.
pub fn change(connection: &mut SqliteConnection, row: &NoteRow) -> QueryResult<bool> {
    let changed = (notes::title.eq(&row.title), notes::body.eq(&row.body), notes::changed_at.eq(row.changed_at));
    let own = notes::table.find(&row.id).filter(notes::owner.eq(&row.owner));
    diesel::update(own).set(changed).execute(connection).map(|rows| rows == 1)
}

/// Deletes one of a person's notes; what is attached goes with it.
pub fn delete(connection: &mut SqliteConnection, owner: &str, id: &str) -> QueryResult<usize> {
    diesel::delete(notes::table.find(id).filter(notes::owner.eq(owner))).execute(connection)
}

/// Attaches a file. `false`: the person has no such note (any more). Run it in a transaction.
pub fn attach(connection: &mut SqliteConnection, owner: &str, new: &NewAttachment) -> QueryResult<bool> {
    let own: i64 = notes::table.find(&new.note).filter(notes::owner.eq(owner)).count().get_result(connection)?;
    if own == 0 {
        return Ok(false);
    }
    diesel::insert_into(attachments::table).values(new).execute(connection)?;
    Ok(true)
}

/// A file attached to one of a person's notes, with its bytes.
pub fn attachment(
    connection: &mut SqliteConnection,
    owner: &str,
    note: &str,
    id: &str,
) -> QueryResult<Option<(AttachmentRow, Vec<u8>)>> {
    attachments::table
        .inner_join(notes::table)
        .filter(attachments::id.eq(id))
        .filter(notes::id.eq(note))
        .filter(notes::owner.eq(owner))
        .select((AttachmentRow::as_select(), attachments::content))
        .first(connection)
        .optional()
}

/// Takes a file off one of a person's notes.
pub fn detach(connection: &mut SqliteConnection, owner: &str, note: &str, id: &str) -> QueryResult<usize> {
    let own = notes::table.filter(notes::owner.eq(owner)).filter(notes::id.eq(note)).select(notes::id);
    diesel::delete(attachments::table.filter(attachments::id.eq(id)).filter(attachments::note.eq_any(own)))
        .execute(connection)
}

/// Erases everything that notes keeps about a person, and answers how many notes that were.
pub fn erase(connection: &mut SqliteConnection, owner: &str) -> QueryResult<usize> {
    diesel::delete(notes::table.filter(notes::owner.eq(owner))).execute(connection)
}
