package connection

import "math"

// key is one setting of the connection file. The table of keys is the only
// description of the file there is: the checks, the defaults, the example file,
// the schema for editors and the reference all come from it.
type key struct {
	name  string
	about string // one line: what it does
	takes kind   // of the value, or of each item of a list

	preset   string   // the default, as it would be written
	presets  []string // the default of a list
	list     bool
	required bool   // there is no default
	sample   string // what the example file holds in place of the default
	secret   bool   // the value is a credential
	unseen   bool   // mappings don't see it

	keys []key // of a section
	many bool  // the section is a list of such sections
}

func set(name string, takes kind, preset, about string) key {
	return key{name: name, takes: takes, preset: preset, about: about}
}

func list(name string, takes kind, presets []string, about string) key {
	return key{name: name, takes: takes, list: true, presets: presets, about: about}
}

func must(name string, takes kind, sample, about string) key {
	return key{name: name, takes: takes, required: true, sample: sample, about: about}
}

// address describes where a service is found, which is no business of mappings.
func address(name, preset, about string) key {
	return key{name: name, takes: baseAddress, preset: preset, about: about, unseen: true}
}

func secret(name, sample, about string) key {
	return key{name: name, takes: credential, sample: sample, about: about, secret: true, unseen: true}
}

func mustSecret(name, sample, about string) key {
	k := secret(name, sample, about)
	k.required = true
	return k
}

func section(name, about string, keys ...key) key {
	return key{name: name, about: about, keys: keys}
}

// fileKeys is the whole connection file.
var fileKeys = []key{
	{
		name: "ledger", takes: ledgerAddress, preset: "sqlite:state/mintleash.db", secret: true, unseen: true,
		about: "where cursors, links and dead letters are kept: a SQLite file, or postgres://user:pass@host/db for several replicas",
	},
	section("retention", "how long the ledger keeps bodies, which hold customers' addresses; links and keys stay",
		set("events", lifetime, "90d", `what was read, written and refused, as "mintleash trace" shows it`),
		set("dead_letters", lifetime, "30d", "records that could not be delivered"),
	),
	section("webhooks", "the listener for Unleashed's events, opened only when a connection uses webhooks",
		set("address", listener, "127.0.0.1:8090", "host:port; the path is /webhooks/<connection>"),
	),
	{name: "connections", about: "one entry for each Unleashed warehouse and its Mintsoft warehouse; at least one is active", keys: connectionKeys, many: true},
}

// connectionKeys is one entry of `connections`.
var connectionKeys = []key{
	must("name", connectionName, "main", "unique; streams are named <connection>_<pipeline>"),
	set("active", yesNo, "true", "an inactive connection is checked and does nothing"),
	unleashedKeys,
	mintsoftKeys,
	generalKeys,
	purchaseOrderKeys,
	orderExportKeys,
	assemblyKeys,
	shipmentKeys,
	customerKeys,
	transferKeys,
}

var unleashedKeys = section("unleashed", "the Unleashed account and warehouse",
	address("base_url", "https://api.unleashedsoftware.com", "where the API is"),
	mustSecret("api_id", "${UNLEASHED_API_ID}", "the id of the account's API key"),
	mustSecret("api_key", "${UNLEASHED_API_KEY}", "the account's API key; it signs each request"),
	set("client_type", clientType, "mintleash/sync", "the client-type header, which Unleashed demands"),
	secret("webhook_signature_key", "", `"${UNLEASHED_WEBHOOK_KEY}" with use_webhooks: what events are signed with, as "mintleash webhooks register" prints it`),
	must("warehouse_code", someText, "MAIN", "the warehouse's code"),
	set("requests_per_second", positive, "4", "of all connections to the account together; where they differ, the lowest counts"),
	set("max_in_flight", whole(1, math.MaxInt64), "2", "requests at the same time, likewise"),
	set("monthly_quota", whole(0, math.MaxInt64), "0", "API calls a month; 0 = no limit known"),
	set("time_zone", zoneName, "Europe/London", "the account's, for business dates"),
)

var mintsoftKeys = section("mintsoft", "the Mintsoft account and warehouse",
	address("base_url", "https://api.mintsoft.co.uk", "where the API is"),
	secret("api_key", "${MINTSOFT_API_KEY}", "a static key, or else username and password"),
	secret("username", "", "instead of a static key: keys are fetched and renewed; for one replica only"),
	secret("password", "", "of the user name"),
	set("client", optionalReference, "", "3PL accounts: the client's short name or id; needed where the key sees several clients. Connections of one client write it alike, with the same key"),
	must("warehouse", reference, "MAIN", "the warehouse's code, name or id"),
	set("channel", someText, "Unleashed", "the channel that orders import against"),
	set("courier_service", someText, "AUTO", "for orders without a delivery method; AUTO = Mintsoft decides"),
	set("requests_per_second", positive, "2", "of all connections to the account together; where they differ, the lowest counts"),
	set("max_in_flight", whole(1, math.MaxInt64), "4", "requests at the same time, likewise"),
	set("time_zone", zoneName, "Europe/London", "Mintsoft's timestamps carry no offset; this is where they are at home"),
)
