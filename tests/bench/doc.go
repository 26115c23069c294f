// Package bench measures what the product costs: the first import of many orders
// through the real pipeline with the real ledger, against a bare loop that makes
// the same necessary calls and the same durable commits. README.md says which
// those are and how to read the numbers.
package bench
