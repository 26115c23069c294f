// Package delivery makes a write happen once, even across a crash or a lost
// answer, and files what cannot be delivered.
//
// A create or a step (cancel, complete, receipt) has a key that derives from
// its source; the ledger knows each key as intended, done, rejected, ambiguous
// or parked. The intent is durable before the call, the outcome after it, so
// whatever dies in between is found again: by the key here, by the natural key
// in the service.
//
// An update has no key. It converges: writes of absolute values to one target
// are serialised, an older version never overwrites a newer one, and a lost
// answer is simply sent again.
package delivery
