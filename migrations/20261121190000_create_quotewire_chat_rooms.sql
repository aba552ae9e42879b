-- Whose turn it is to speak in a room, for several servers that share one chat. Written by servers
-- with a backbone alone; without one the table stays empty.
create table quotewire_chat_rooms (
  room text primary key,
  newest uuid not null,
  previous uuid
) with (fillfactor = 50);

comment on table quotewire_chat_rooms is
  'One row per room in which servers that share a chat have spoken. A lock on it is a server''s turn.';
comment on column quotewire_chat_rooms.newest is
  'The last id that was given out in the room: the next is higher, whichever server gives it.';
comment on column quotewire_chat_rooms.previous is
  'The last id before the turn that gave out the newest, so that others notice what they missed.';
