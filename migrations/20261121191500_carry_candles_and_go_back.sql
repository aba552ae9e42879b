-- Candles stay when a dump is restored into another cluster, whose transactions have other ids: what the
-- cursor of the old cluster had passed is remembered, and is left out when the rows are gone through again.
alter table quotewire_candle_progress
  add column carried_next xid8,
  add column carried_open xid8[] not null default '{}',
  add column carried_since timestamptz,
  add column carried_until timestamptz;

comment on column quotewire_candle_progress.carried_next is
  'Of a restored database: the cursor that it came with. Empty where all candles are of this cluster.';
comment on column quotewire_candle_progress.carried_open is
  'Of a restored database: the open_transactions that it came with.';
comment on column quotewire_candle_progress.carried_since is
  'Of a restored database: the started_at that it came with.';
comment on column quotewire_candle_progress.carried_until is
  'Of a restored database: when its candles had last been kept.';

-- Whoever goes back to the version before, or has a server of it restart during an upgrade, finds a schema
-- that is newer than it knows. A migration that takes nothing away says here that this is no harm.
alter table quotewire_migrations add column if not exists older_go_on boolean not null default false;
comment on column quotewire_migrations.older_go_on is
  'Whether versions that do not know this migration work with it.';
update quotewire_migrations set older_go_on = true where name > '20261121000000_create_stock_prices.sql';
