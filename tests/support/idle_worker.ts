// A worker that never gets as far as to say anything.
export {};
