//! community's table: posts, and replies, which are posts with a parent.

use diesel::prelude::*;

/// Made at start where it is missing. A reply goes with its post.
pub const TABLES: &str = "
CREATE TABLE IF NOT EXISTS posts (
    id TEXT PRIMARY KEY NOT NULL,
    parent TEXT REFERENCES posts (id) ON DELETE CASCADE,
    author TEXT NOT NULL,
    author_name TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS posts_by_parent ON posts (parent, created_at);
CREATE INDEX IF NOT EXISTS posts_by_author ON posts (author);
";

/// How many posts the board shows.
const SHOWN: i64 = 50;
/// How many replies a post takes and shows.
const MOST_REPLIES: i64 = 500;

diesel::table! {
    posts (id) { id -> Text, parent -> Nullable<Text>, author -> Text, author_name -> Text, body -> Text, created_at -> BigInt, }
}

/// A post or a reply.
#[derive(Clone, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = posts)]
pub struct PostRow {
    /// 256 random bits.
    pub id: String,
    /// The post that a reply answers.
    pub parent: Option<String>,
    /// `sub`; never shown.
    pub author: String,
    /// As the author was called when writing.
    pub author_name: String,
    /// Plain text.
    pub body: String,
    /// Seconds since 1970.
    pub created_at: i64,
}

/// The newest posts, each with the number of its replies.
pub fn newest(connection: &mut SqliteConnection) -> QueryResult<Vec<(PostRow, i64)>> {
    let rows = posts::table
        .filter(posts::parent.is_null())
        .order((posts::created_at.desc(), posts::id))
        .limit(SHOWN)
        .select(PostRow::as_select())
        .load::<PostRow>(connection)?;
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let counts: Vec<(Option<String>, i64)> = posts::table
        .filter(posts::parent.eq_any(ids))
        .group_by(posts::parent)
        .select((posts::parent, diesel::dsl::count_star()))
        .load(connection)?;
    let replies =
        |id: &str| counts.iter().find(|(parent, _)| parent.as_deref() == Some(id)).map_or(0, |(_, count)| *count);
    Ok(rows.iter().map(|row| (row.clone(), replies(&row.id))).collect())
}

/// A post (not a reply) with its replies, the oldest first.
pub fn thread(connection: &mut SqliteConnection, id: &str) -> QueryResult<Option<(PostRow, Vec<PostRow>)>> {
    let post = posts::table
        .find(id)
        .filter(posts::parent.is_null())
        .select(PostRow::as_select())
        .first(connection)
        .optional()?;
    let Some(post) = post else { return Ok(None) };
    let replies = posts::table
        .filter(posts::parent.eq(id))
        .order((posts::created_at, posts::id))
        .limit(MOST_REPLIES)
        .select(PostRow::as_select())
        .load(connection)?;
    Ok(Some((post, replies)))
}

/// Adds a post, or a reply to a post. `false`: there is no such post, or it takes no more. Run it in a
/// transaction.
pub fn add(connection: &mut SqliteConnection, row: &PostRow) -> QueryResult<bool> {
    if let Some(parent) = &row.parent {
        let fits = thread(connection, parent)?
            .is_some_and(|(_, replies)| i64::try_from(replies.len()).is_ok_and(|n| n < MOST_REPLIES));
        if !fits {
            return Ok(false);
        }
    }
    diesel::insert_into(posts::table).values(row).execute(connection)?;
    Ok(true)
}

/// Deletes one's own post or reply; answers what it was.
pub fn delete(connection: &mut SqliteConnection, author: &str, id: &str) -> QueryResult<Option<PostRow>> {
    let own = posts::table.find(id).filter(posts::author.eq(author));
    let row = own.select(PostRow::as_select()).first(connection).optional()?;
    diesel::delete(own).execute(connection)?;
    Ok(row)
}

/// Erases everything that community keeps about a person, and answers how many posts that were; replies of others to
/// their posts go too.
pub fn erase(connection: &mut SqliteConnection, author: &str) -> QueryResult<usize> {
    diesel::delete(posts::table.filter(posts::author.eq(author))).execute(connection)
}
