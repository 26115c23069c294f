// Package ledger keeps what mintleash must not forget: how far each flow has
// read, what was written and to where, what was refused and why, and what a
// person asked for. It is one schema on SQLite, the default, or on PostgreSQL
// for several replicas.
//
// Writes go through Commit, which gathers the work of many callers in one
// durable transaction; reads go past it and see everything that was committed.
package ledger
