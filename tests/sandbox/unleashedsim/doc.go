// Package unleashedsim is a stateful twin of the Unleashed Software API: enough
// of the service, in memory, that a client can be proved against it, and strict
// where the service is known to be strict.
//
// It models authentication by a signature over the decoded query, the mandatory
// headers, the monthly quota, paging by path with its oddities, both date forms,
// numbers of fixed scale, references by GUID or code, replacing updates, totals
// that must reconcile, and the life of sales orders, shipments, purchase orders,
// transfers, assemblies, adjustments and invoices with the stock and the average
// cost that they move, by warehouse, batch and serial number. Subscribed webhooks
// are signed and sent. What is not known about the service is a field of Knobs,
// with the assumption that the project makes as its default.
//
// It does not model XML, stock at an earlier date (asAtDate), credit notes,
// supplier returns, stock counts, quotes, attribute sets, price lists, delivery
// addresses, accounts, purchase costs, writing of bills of materials and
// salespersons, exchange rates that change, credit limits, and what the accounting
// connection does. The texts of errors are our own. Images stay at the
// address that was given; the service is said to copy them.
//
// What a person does in the web application is a method of Twin. Such a method
// works as the service would and panics when the service would refuse, for a test
// that asks for the impossible is wrong. Documents are never changed once they
// are stored, a change stores a new version; those that methods return can be
// read at leisure.
//
// The package shares no code with the client: a mistake on one side shows on the
// other.
package unleashedsim
