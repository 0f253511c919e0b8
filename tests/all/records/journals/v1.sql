-- A journal as version 1 of the tables wrote it; never changed.
create table if not exists events (
    n integer primary key autoincrement, id text not null unique, run text not null,
    json text not null, state text not null, oid text);
create table if not exists intents (
    id text not null, run text not null, n integer not null, call text not null,
    state text not null, attempts integer not null, updated_at text not null, primary key (id, n));
create table if not exists heads (ref text primary key, pinned text not null);
create table if not exists observations (key text primary key, json text not null, at text not null);
pragma user_version = 1;
insert into events (id, run, json, state, oid) values ('A1', '20260412-checkout-null-7f3a9c', '{"actor":{"device":"laptop","login":"Ana","uid":"ana@example.org"},"at":{"wall":"1970-01-01T00:00:01Z"},"body":{"text":"A1"},"critical":false,"ext":{},"id":"A1","prev":null,"prev_digest":null,"run":"20260412-checkout-null-7f3a9c","seq":0,"type":"note.added","v":1}', 'shared', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
insert into events (id, run, json, state) values ('B1', '20260412-checkout-null-7f3a9c', '{"actor":{"device":"laptop","login":"Ana","uid":"ana@example.org"},"at":{"wall":"1970-01-01T00:00:01Z"},"body":{"text":"B1"},"critical":false,"ext":{},"id":"B1","prev":null,"prev_digest":null,"run":"20260412-checkout-null-7f3a9c","seq":0,"type":"note.added","v":1}', 'pending');
insert into intents values ('01J0', '20260412-checkout-null-7f3a9c', 0, 'git push refs/heads/hotfix/x <- 1a2b3c4 (must not exist)', 'recorded', 1, '2026-04-12T09:31:07Z');
insert into intents values ('01J1', '20260412-checkout-null-7f3a9c', 0, 'merge change request 7 into main', 'sending', 1, '2026-04-12T09:31:07Z');
insert into intents values ('01J1', '20260412-checkout-null-7f3a9c', 1, 'record note.added "told"', 'durable', 0, '2026-04-12T09:31:07Z');
insert into heads values ('refs/lanekeeper/v1/hotfixes/x', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
