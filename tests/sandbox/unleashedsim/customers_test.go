package unleashedsim

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const customerGUID = "9d4c0000-0000-4000-8000-000000000001"

func TestCustomerUpsertIsCreatedBothTimes(t *testing.T) {
	w := newWorld(t)
	first := w.send(http.MethodPost, "/Customers/"+customerGUID, "", `{"CustomerCode":"NEW","CustomerName":"New","Notes":"gone soon","Currency":{"CurrencyCode":"EUR"}}`)
	assert.Equal(t, 201, first.status)
	w.clock.pass(time.Second)
	again := w.send(http.MethodPost, "/Customers/"+customerGUID, "", `{"CustomerCode":"NEW","CustomerName":"Newer"}`)
	assert.Equal(t, 201, again.status)
	assert.Equal(t, "Newer", again.at("CustomerName"))
	assert.Nil(t, again.at("Notes"), "what an update leaves out is blank")
	assert.Equal(t, "GBP", again.at("Currency", "CurrencyCode"))
	assert.NotContains(t, again.body, "Pagination", "a single record has no envelope")
	assert.Greater(t, again.at("LastModifiedOn"), first.at("LastModifiedOn"))
	assert.Equal(t, first.at("CreatedOn"), again.at("CreatedOn"))
}

func TestOmittedMembersMayBeKept(t *testing.T) {
	w := newWorld(t, func(k *Knobs) { k.OmittedKept = true })
	w.must(http.MethodPost, "/Customers/"+customerGUID, "", `{"CustomerCode":"NEW","CustomerName":"New","Notes":"stays","Website":"x"}`)
	again := w.must(http.MethodPost, "/Customers/"+customerGUID, "", `{"customercode":"NEW","CustomerName":"Newer","Website":null}`)
	assert.Equal(t, "stays", again.at("Notes"))
	assert.Nil(t, again.at("Website"), "a null is no omission")
}

func TestCustomerIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ path, body, says string }{
		"without a code":                       {"/Customers", `{"CustomerName":"X"}`, "CustomerCode"},
		"without a name":                       {"/Customers", `{"CustomerCode":"X"}`, "CustomerName"},
		"with the code of another":             {"/Customers", `{"CustomerCode":"HARBOUR01","CustomerName":"X"}`, "already exists"},
		"with another GUID than the path":      {"/Customers/" + customerGUID, `{"Guid":"` + orderGUID + `","CustomerCode":"X","CustomerName":"X"}`, "Guid"},
		"with a currency that is unknown":      {"/Customers", `{"CustomerCode":"X","CustomerName":"X","Currency":{"CurrencyCode":"XXX"}}`, "Currency"},
		"with a tax code that is unknown":      {"/Customers", `{"CustomerCode":"X","CustomerName":"X","TaxCode":"XXX"}`, "TaxCode"},
		"with a number as its name":            {"/Customers", `{"CustomerCode":"X","CustomerName":7}`, "CustomerName"},
		"with a contact without any name":      {"/Customers", `{"CustomerCode":"X","CustomerName":"X","Contacts":[{"PhoneNumber":"1"}]}`, "first name"},
		"with the same contact twice":          {"/Customers", `{"CustomerCode":"X","CustomerName":"X","Contacts":[{"FirstName":"A"},{"FirstName":"A"}]}`, "already exists"},
		"with a delivery method not there":     {"/Customers", `{"CustomerCode":"X","CustomerName":"X","DeliveryMethod":"Pigeon"}`, "DeliveryMethod"},
		"with a body that is not JSON":         {"/Customers", `{"CustomerCode":`, "read"},
		"with a date as the service writes it": {"/Customers", `{"CustomerCode":"X","CustomerName":"X","LastModifiedOn":"\/Date(1772353800123)\/"}`, "Date"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			given := w.send(http.MethodPost, c.path, "", c.body)
			assert.Equal(t, 400, given.status)
			assert.Contains(t, given.at("Description"), c.says)
			assert.Nil(t, given.at("DebugInformation"))
		})
	}
}

func TestBodyKnobs(t *testing.T) {
	w := newWorld(t, func(k *Knobs) { k.EpochDatesAccepted = true })
	assert.Equal(t, 201, w.send(http.MethodPost, "/Customers", "", `{"CustomerCode":"X","CustomerName":"X","CreatedOn":"\/Date(1772353800123)\/"}`).status)
	assert.Equal(t, 201, w.send(http.MethodPost, "/Customers", "", `{"CustomerCode":"Y","CustomerName":"Y","Nonsense":1}`).status, "unknown members are ignored")
	w.Turn(func(k *Knobs) { k.UnknownMembersRefused = true })
	assert.Equal(t, 400, w.send(http.MethodPost, "/Customers", "", `{"CustomerCode":"Z","CustomerName":"Z","Nonsense":1}`).status)
	w.Turn(func(k *Knobs) { k.UnknownNamesCreated = true })
	w.must(http.MethodPost, "/Customers", "", `{"CustomerCode":"Z","CustomerName":"Z","DeliveryMethod":"Pigeon"}`)
	assert.Equal(t, []string{"Courier", "Pigeon"}, w.get("/DeliveryMethods", "").column("Name"))
}

func TestCustomerFilters(t *testing.T) {
	w := newWorld(t)
	w.clock.pass(time.Hour)
	w.EditCustomer("HARBOUR02", func(c *Customer) { c.Currency = &Currency{CurrencyCode: "EUR"} })
	for query, codes := range map[string][]string{
		"":                                  {"HARBOUR01", "HARBOUR02"},
		"includeObsolete=true":              {"HARBOUR01", "HARBOUR02", "OLD"},
		"customerCode=harbour":              {"HARBOUR01", "HARBOUR02"},
		"CUSTOMERCODE=HARBOUR01":            {"HARBOUR01"},
		"customerName=Harbour%20H":          {"HARBOUR02"},
		"customer=Hotel":                    {"HARBOUR02"},
		"customer=hotel":                    {},
		"contactEmail=orders@":              {"HARBOUR01"},
		"currency=EUR":                      {"HARBOUR02"},
		"currency=EU":                       {},
		"modifiedSince=2026-03-01T09:00:00": {"HARBOUR02"},
		"modifiedSince=2026-03-02":          {},
		"orderBy=LastModifiedOn&sort=desc":  {"HARBOUR02", "HARBOUR01"},
		"sort=desc":                         {"HARBOUR02", "HARBOUR01"},
		"somethingElse=1":                   {"HARBOUR01", "HARBOUR02"},
	} {
		assert.Equal(t, codes, w.get("/Customers", query).column("CustomerCode"), query)
	}
	assert.Equal(t, 400, w.get("/Customers", "modifiedSince=yesterday").status)
	assert.Equal(t, 400, w.get("/Customers", "includeObsolete=perhaps").status)
}

func TestModifiedSinceIsInclusiveUnlessTurned(t *testing.T) {
	w := newWorld(t)
	const at = "modifiedSince=2026-03-01T08:30:00.000&customerCode=HARBOUR01"
	assert.Equal(t, []string{"HARBOUR01"}, w.get("/Customers", at).column("CustomerCode"))
	w.Turn(func(k *Knobs) { k.ModifiedSinceExclusive = true })
	assert.Empty(t, w.get("/Customers", at).column("CustomerCode"))
}

func TestContacts(t *testing.T) {
	w := newWorld(t)
	guid := text(w.get("/Customers", "customerCode=HARBOUR01").at("Items", 0, "Guid"))
	made := w.send(http.MethodPost, "/Customers/"+guid+"/Contacts", "", `{"Guid":"e5000000-0000-4000-8000-000000000001","FirstName":"Bo","EmailAddress":"bo@harbour.example"}`)
	assert.Equal(t, 201, made.status)
	assert.Equal(t, 400, w.send(http.MethodPost, "/Customers/"+guid+"/Contacts", "", `{"FirstName":"Bo","EmailAddress":"bo@harbour.example"}`).status)
	contacts := "/Customers/" + guid + "/Contacts/e5000000-0000-4000-8000-000000000001"
	w.must(http.MethodPut, contacts, "", `{"FirstName":"Bob"}`)
	assert.Equal(t, []string{"Ada", "Bob"}, w.get("/Customers/"+guid+"/Contacts", "").column("FirstName"))

	primary := w.get("/Customers/"+guid, "")
	assert.Len(t, primary.at("Contacts"), 1, "only the primary contact")
	assert.Len(t, w.get("/Customers/"+guid, "includeAllContacts=true").at("Contacts"), 2)

	w.must(http.MethodDelete, contacts, "", "")
	assert.Equal(t, 404, w.send(http.MethodDelete, contacts, "", "").status)
	assert.Len(t, w.get("/Customers/"+guid, "includeAllContacts=true").at("Contacts"), 1)
}

func TestEveryVersionIsLaterThanTheOneBefore(t *testing.T) {
	w := newWorld(t)
	last := time.Time{}
	for range 5 {
		c := w.EditCustomer("HARBOUR01", func(c *Customer) { c.Notes += "." })
		require.True(t, c.LastModifiedOn.After(last))
		last = c.LastModifiedOn.Time
	}
}
