-- What is said in the chat's rooms. Written by the server alone; the name makes a reset find it.
create table quotewire_chat_messages (
  id uuid primary key,
  room text not null,
  username text not null,
  content text,
  data bytea,
  name text,
  media_type text,
  key text,
  said_at timestamptz not null,
  constraint quotewire_chat_messages_text_or_data check ((content is null) <> (data is null)),
  constraint quotewire_chat_messages_key_once unique (room, key)
);

create index quotewire_chat_messages_newest on quotewire_chat_messages (room, id desc);

comment on table quotewire_chat_messages is
  'The chat''s history, one row per message. Rows may be deleted at any time.';
comment on column quotewire_chat_messages.id is
  'A version 7 UUID given by the server: ids ascend in the order in which things were said.';
comment on column quotewire_chat_messages.content is
  'Of a text message.';
comment on column quotewire_chat_messages.data is
  'Of a binary message or a file; only a file has a name.';
comment on column quotewire_chat_messages.key is
  'Chosen by the client that spoke, so that a message that it repeats is kept once.';
comment on column quotewire_chat_messages.said_at is
  'The server''s clock. Retention goes by it.';
comment on index quotewire_chat_messages_newest is
  'Finds a room''s newest messages, and those between two ids.';
