import { testFeed } from "./feed_contract.ts";

testFeed("poll");
testFeed("listen");
