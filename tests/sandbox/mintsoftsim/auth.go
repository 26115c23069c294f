package mintsoftsim

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// keyLife is how long a key from a login is good for.
const keyLife = 24 * time.Hour

// User is somebody with a key. A user without a ClientID is an admin, who sees all
// clients; one with a ClientID sees its own client only.
type User struct {
	Username, Password string
	// APIKey is a key that never expires, as an admin can set in the web pages. Empty
	// for users who log in. A login does not touch it.
	APIKey   string
	ClientID int
}

// String leaves the credentials out.
func (u User) String() string { return fmt.Sprintf("user %s", u.Username) }

// GoString leaves the credentials out.
func (u User) GoString() string { return u.String() }

func (u *User) admin() bool { return u.ClientID == 0 }

// The credentials of DefaultUsers. They open nothing but a twin.
const (
	AdminKey        = "5f0c1b9e-1111-4222-8333-000000000001"
	DefaultUser     = "sync-bot"
	DefaultPassword = "not-a-real-password"
)

// DefaultUsers are an admin with a key that never expires, who can log in too.
func DefaultUsers() []User {
	return []User{{Username: DefaultUser, Password: DefaultPassword, APIKey: AdminKey}}
}

// access holds the users and the keys that are good.
type access struct {
	users []*User
	keys  map[string]*session
}

// session is a key. The zero expiry is never.
type session struct {
	user    *User
	expires time.Time
}

// AddUser lets somebody in.
func (t *Twin) AddUser(user User) {
	t.mut.Lock()
	defer t.mut.Unlock()
	t.addUser(user)
}

func (t *Twin) addUser(user User) {
	t.access.users = append(t.access.users, &user)
	if user.APIKey != "" {
		t.access.keys[user.APIKey] = &session{user: &user}
	}
}

// ExpireKeys ends every key that came from a login.
func (t *Twin) ExpireKeys() {
	t.mut.Lock()
	defer t.mut.Unlock()
	for key, s := range t.access.keys {
		if !s.expires.IsZero() {
			delete(t.access.keys, key)
		}
	}
}

// authenticate answers the user of a request's key, nil when there is none that is
// good.
func (t *Twin) authenticate(r *http.Request, now Date) *User {
	key := r.Header.Get("ms-apikey")
	if key == "" && t.knobs.QueryKeys {
		for name, values := range r.URL.Query() {
			if http.CanonicalHeaderKey(name) == "Apikey" {
				key = values[0]
			}
		}
	}
	s := t.access.keys[key]
	if s == nil || !s.expires.IsZero() && !now.Before(s.expires) {
		return nil
	}
	return s.user
}

// logIn answers a new key and ends the one that the user got before.
func (t *Twin) logIn(c *call) (any, error) {
	body := c.document()
	for _, user := range t.access.users {
		if user.Username != body.str("Username") || subtle.ConstantTimeCompare([]byte(user.Password), []byte(body.str("Password"))) != 1 || user.Password == "" {
			continue
		}
		for key, s := range t.access.keys {
			if s.user == user && !s.expires.IsZero() {
				delete(t.access.keys, key)
			}
		}
		key := uuid.NewString()
		t.access.keys[key] = &session{user: user, expires: c.now.Add(keyLife)}
		return key, nil
	}
	return nil, &failure{status: http.StatusUnauthorized}
}

// adminOnly refuses users of one client. Where the vendor's document knows 403 for
// an operation, that is what they get; elsewhere 401, as with a bad key.
func (c *call) adminOnly() error {
	switch {
	case c.user.admin():
		return nil
	case c.op.Forbids:
		return &failure{status: http.StatusForbidden}
	}
	return &failure{status: http.StatusUnauthorized}
}

// sees says whether the user may see a record of a client.
func (c *call) sees(client int) bool { return c.user.admin() || c.user.ClientID == client }

// clientFilter is the client that a list is cut down to; 0 is none.
func (c *call) clientFilter(parameter string) int {
	if !c.user.admin() {
		return c.user.ClientID
	}
	return c.int(parameter)
}

func notFound(message string) error {
	return &failure{status: http.StatusNotFound, message: message}
}
