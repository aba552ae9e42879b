-- Every row names the transaction that wrote it here, whoever brings it: the feed reads by that. Rows
-- that came with a txid of their own, by logical replication or from a dump, were never shown, and the
-- feed said that it was live. Who leaves txid to its default pays for a comparison.
create function quotewire_name_transaction() returns trigger
  language plpgsql
as $$
begin
  new.txid := pg_current_xact_id();
  return new;
end
$$;

create trigger quotewire_stock_prices_txid
  before insert on stock_prices
  for each row when (new.txid is distinct from pg_current_xact_id())
  execute function quotewire_name_transaction();

-- For rows that replication brings too. (It never fires triggers of statements, so nobody is notified.)
alter table stock_prices enable always trigger quotewire_stock_prices_txid;

comment on function quotewire_name_transaction() is
  'Puts the transaction that writes a row in the place of what the row brought along.';
comment on trigger quotewire_stock_prices_txid on stock_prices is
  'The feed reads by txid: a row with that of another database would not be seen.';

update quotewire_migrations set older_go_on = true
  where name = '20261121191600_name_the_writing_transaction.sql';
