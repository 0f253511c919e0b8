//! The tables of the journal, version by version. A file of an older version is brought up in one transaction; one of a
//! newer version is left alone, since it may hold states that must stop us.

use rusqlite::Connection;
use rusqlite::params;

use super::seal::seal;
use super::signatures;

/// The version of the tables; a higher one was made by a newer Lanekeeper.
pub(super) const VERSION: i64 = 2;

/// The first version, as it was released.
const FIRST: &str = "
create table if not exists events (
    n integer primary key autoincrement, id text not null unique, run text not null,
    json text not null, state text not null, oid text);
create table if not exists intents (
    id text not null, run text not null, n integer not null, call text not null,
    state text not null, attempts integer not null, updated_at text not null, primary key (id, n));
create table if not exists heads (ref text primary key, pinned text not null);
create table if not exists observations (key text primary key, json text not null, at text not null);
";

/// The second: a sum beside each row, and the words of an intent, which a person reads when it is taken up again.
const SECOND: &str = "
alter table events add column sum text;
alter table intents add column sum text;
alter table heads add column sum text;
create table aims (id text primary key, words text not null, sum text);
";

pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings the tables up to this version. All of it or nothing: a process that dies here leaves the old version.
pub(super) fn bring_up(connection: &mut Connection) -> rusqlite::Result<()> {
    let found = version(connection)?;
    if found > VERSION {
        return Ok(());
    }
    if found == VERSION {
        return connection.execute_batch(signatures::TABLE);
    }
    let transaction = connection.transaction()?;
    if found < 1 {
        transaction.execute_batch(FIRST)?;
    }
    if found < 2 {
        transaction.execute_batch(SECOND)?;
        seal_all(&transaction)?;
    }
    transaction.execute_batch(signatures::TABLE)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

/// Seals the rows that the first version left.
fn seal_all(connection: &Connection) -> rusqlite::Result<()> {
    let all = |query: &str| -> rusqlite::Result<Vec<Vec<String>>> {
        let mut statement = connection.prepare(query)?;
        let width = statement.column_count();
        let rows = statement.query_map([], |row| (0..width).map(|at| row.get(at)).collect())?;
        rows.collect()
    };
    let sum = |row: &[String]| {
        let fields: Vec<&str> = row.iter().map(String::as_str).collect();
        seal(&fields)
    };
    for row in all("select id, run, json, state, coalesce(oid, '') from events")? {
        connection.execute(
            "update events set sum = ?2 where id = ?1",
            params![row[0], sum(&row)],
        )?;
    }
    for row in all(
        "select id, run, cast(n as text), call, state, cast(attempts as text), updated_at from intents",
    )? {
        connection.execute(
            "update intents set sum = ?3 where id = ?1 and cast(n as text) = ?2",
            params![row[0], row[2], sum(&row)],
        )?;
    }
    for row in all("select ref, pinned from heads")? {
        connection.execute(
            "update heads set sum = ?2 where ref = ?1",
            params![row[0], sum(&row)],
        )?;
    }
    Ok(())
}
