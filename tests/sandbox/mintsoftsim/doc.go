// Package mintsoftsim is a stateful, strict twin of the Mintsoft REST API, in
// memory: one tenant with its users, clients, warehouses, products, stock, orders,
// advance shipping notices and transfers. It is there to prove clients and
// pipelines against, in a test or as a server to play with.
//
// Strict means that every request is checked against schema.json: its route, verb,
// query parameters and every property of its body, with types, lengths and ranges.
// The file is an extract of the vendor's Swagger 2.0 document
// (https://api.mintsoft.co.uk/swagger/docs/v1, 163 paths, 186 operations, 135
// models) as of 4 June 2026: names, types and limits, without descriptions. What
// that document does not know is answered 400 and noted in [Twin.Violations]; what
// the service lets pass but nobody should send, such as an unknown query parameter
// or another casing of a property, is noted only.
//
// What the vendor leaves open is a field of [Knobs], with the assumption that is
// made where nothing is set. [Twin] methods named after what a person does
// (Despatch, Merge, AdjustStock …) act as the web pages and the warehouse would and
// panic when the service would refuse: a test that asks for the impossible is
// wrong. Outages, lost answers and rows that change between two pages are scripted
// with the embedded server's Faults.
//
// What it does not model. Operations of the document without behaviour here answer
// 501 and are noted: accounting, batches of picking, the editing of order rules (a
// function set by [Twin.SetOrderRule] stands for them), the creation of clients and
// sub-clients, documents, labels, paperwork and courier connections, tracking events,
// customer queries and billing addresses, pre-order breakdowns, product prices,
// cartons, alternative codes and custom fields, replenishment points, zones and totes,
// courier reports, picking and price types, and returns but for reading them by list
// and id. Connect actions are stored, never called. There is no rate limit; script a
// fault instead.
//
// What it had to make up. Refusals carry texts of our own that hold the vendor's
// known fragments ("already exists", "CourierService", "Invalid GoodsInType"): match
// no more than these. Sums on orders are computed from what the request said, without
// the vendor's rounding. The names of countries are the usual English ones, in upper
// case, to ids that are the vendor's; the ids of currencies above 2, of return
// reasons and of goods-in types, and the names of transfer statuses, are invented. The
// twin must not be used to learn how Mintsoft behaves where its documents are silent.
package mintsoftsim
