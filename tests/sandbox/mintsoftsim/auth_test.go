package mintsoftsim

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func (f *tenant) logIn(user, password string) answer {
	return f.call("POST", "/api/Auth", map[string]string{"Username": user, "Password": password})
}

func TestKeys(t *testing.T) {
	f := newTenant(t)
	probe := func(key string) int {
		f.key = key
		return f.get("/api/Warehouse").status
	}
	a := f.logIn(DefaultUser, DefaultPassword)
	require.Equal(t, http.StatusOK, a.status)
	first, _ := a.value.(string)
	_, err := uuid.Parse(first)
	require.NoError(t, err)
	assert.Equal(t, 200, probe(first))

	second, _ := f.logIn(DefaultUser, DefaultPassword).value.(string)
	assert.Equal(t, 401, probe(first), "a login ends the key before it")
	assert.Equal(t, 200, probe(second))

	third, _ := f.logIn("demo-user", "demo-pass").value.(string)
	assert.Equal(t, 200, probe(second), "only that of its own user")

	f.clock.advance(24*time.Hour - time.Second)
	assert.Equal(t, 200, probe(second))
	f.clock.advance(time.Second)
	assert.Equal(t, 401, probe(second), "a key lives for a day")
	assert.Equal(t, 401, probe(third))
	assert.Equal(t, 200, probe(AdminKey), "a static key never expires")
	f.clock.advance(1000 * time.Hour)
	assert.Equal(t, 200, probe(AdminKey))

	fourth, _ := f.logIn(DefaultUser, DefaultPassword).value.(string)
	f.ExpireKeys()
	assert.Equal(t, 401, probe(fourth))
	assert.Equal(t, 200, probe(AdminKey))
}

func TestKeysThatAreRefused(t *testing.T) {
	f := newTenant(t)
	for name, a := range map[string]answer{
		"a wrong password": f.logIn(DefaultUser, "wrong"), "an unknown user": f.logIn("nobody", DefaultPassword), "nothing": f.logIn("", ""),
	} {
		assert.Equal(t, 401, a.status, name)
		assert.Empty(t, a.raw, name)
	}
	f.key = ""
	a := f.get("/api/Warehouse?APIKey=" + AdminKey)
	assert.Equal(t, 401, a.status, "a key in the query is refused")
	assert.Empty(t, a.raw)
	f.Turn(func(k *Knobs) { k.QueryKeys = true })
	assert.Equal(t, 200, f.get("/api/Warehouse?APIKey="+AdminKey).status)
	assert.Empty(t, f.Violations())
}

func TestClientUsers(t *testing.T) {
	f := newTenant(t)
	mine := f.createID("MINE")
	theirs := f.createID("THEIRS", map[string]any{"ClientId": f.other})
	f.key = clientKey

	a := f.get("/api/Client")
	assert.Equal(t, 401, a.status, "the list of clients is for admins")
	assert.Empty(t, a.raw)
	assert.Equal(t, 200, f.get(fmt.Sprintf("/api/Order/%d", mine)).status)
	assert.Equal(t, 404, f.get(fmt.Sprintf("/api/Order/%d", theirs)).status, "another client's order is not there")
	assert.Len(t, f.get("/api/Order/List?ClientId=4").list(t), 1, "the filter cannot widen what is seen")
	assert.Len(t, f.get("/api/Order/Search?OrderNumber=E").list(t), 1)
	assert.Len(t, f.get("/api/Product/List").list(t), 3)
	assert.Len(t, f.get("/api/Order/Channels").list(t), 2)

	f.create("IMPLIED", map[string]any{"ClientId": nil})
	o, _ := f.OrderByNumber("IMPLIED")
	assert.Equal(t, f.demo, o.ClientID, "the client is implied")
	assert.Contains(t, f.refused("PUT", "/api/ASN", f.asn("PO-1", map[string]any{"ClientId": f.demo})), "Client Users cannot specify a ClientId")
	id := f.createASN("PO-1", map[string]any{"ClientId": nil})
	assert.Equal(t, 403, f.get(fmt.Sprintf("/api/ASN/%d/BookIn", id)).status, "booking in is for admins")
	assert.Equal(t, 401, f.call("POST", "/api/Product/BulkOnHandStockUpdate", []any{}).status)
}

func TestAdminsNameTheClient(t *testing.T) {
	f := newTenant(t)
	assert.Contains(t, f.refused("PUT", "/api/Order", f.order("A-1", map[string]any{"ClientId": nil})), "ClientId")
	f.Turn(func(k *Knobs) { k.Multichannel = true })
	f.create("A-1", map[string]any{"ClientId": nil})
	assert.Contains(t, f.refused("PUT", "/api/Order", f.order("A-1", map[string]any{"ClientId": f.other})), "already exists",
		"numbers are unique in an account of one merchant")
}

func TestUsersPrintNoCredential(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.NotContains(t, fmt.Sprintf(verb, User{Username: "bot", Password: "pw-1", APIKey: "key-1"}), "-1")
	}
}
