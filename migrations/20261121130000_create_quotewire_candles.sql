-- Open, high, low and close of every symbol and source by minute, quarter of an hour, hour and day, so that a chart over
-- months costs as little as one over minutes. Written by the server alone, from rows of stock_prices as
-- they come in; nothing here runs when a price is inserted.
create table quotewire_candles (
  symbol text not null,
  source text not null,
  width integer not null,
  time bigint not null,
  first double precision[] not null,
  last double precision[] not null,
  high double precision not null,
  low double precision not null,
  count bigint not null,
  primary key (symbol, source, width, time)
-- The candles of now change all the time: with room in their blocks that costs no index entries.
) with (fillfactor = 70);

create index quotewire_candles_days on quotewire_candles (time) where width = 86400;

create table quotewire_candle_progress (
  one boolean primary key default true check (one),
  version bigint not null default 0,
  next_transaction xid8 not null,
  open_transactions xid8[] not null,
  fill_snapshot pg_snapshot not null,
  fill_before_id bigint not null default 9223372036854775807,
  filled boolean not null default false,
  started_at timestamptz not null,
  holder text not null default '',
  held_until timestamptz not null default '-infinity'
);

comment on table quotewire_candles is
  'Candles that charts over long times are drawn from. Hours and days stay when prices are pruned. To have them made anew, empty this table and quotewire_candle_progress.';
comment on column quotewire_candles.width is
  'Seconds: 60, 900, 3600 or 86400.';
comment on column quotewire_candles.time is
  'When the candle begins, in unix seconds, UTC.';
comment on column quotewire_candles.first is
  'The oldest price as {timestamp, id, price}: of two such arrays the lesser is the older.';
comment on column quotewire_candles.last is
  'The newest price, in the same form.';
comment on column quotewire_candles.count is
  'Number of prices.';
comment on index quotewire_candles_days is
  'Finds the candles of one day, of all symbols.';
comment on table quotewire_candle_progress is
  'Up to where stock_prices has gone into the candles: one row, changed together with them.';
comment on column quotewire_candle_progress.version is
  'Grows with each change, so that of two servers that take the same rows only one succeeds.';
comment on column quotewire_candle_progress.next_transaction is
  'Rows of this transaction and later ones, and of open_transactions, are not in the candles yet.';
comment on column quotewire_candle_progress.fill_snapshot is
  'Rows that it could see were there at the beginning, and are taken by id, the highest first.';
comment on column quotewire_candle_progress.fill_before_id is
  'Of those, the ones from this id on are in.';
comment on column quotewire_candle_progress.holder is
  'The server that keeps the candles; others leave it alone until held_until.';
