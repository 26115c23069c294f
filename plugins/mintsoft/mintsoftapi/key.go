package mintsoftapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

const (
	// A key from a login lives 24 hours (https://api.mintsoft.co.uk/swagger/ui/index);
	// it is renewed before that.
	keyLife   = 24 * time.Hour
	renewAt   = 23 * time.Hour
	renewLull = 5 * time.Minute // between early renewals that fail

	// A login makes the user's previous key invalid (seen in practice), and a
	// refused one may count towards locking the user. Neither is repeated quickly.
	refusalHolds = time.Minute
	denialHolds  = time.Hour
)

type routeKey struct{}

// Keyring holds the key of one user. Logins are made one at a time: callers that
// wait for a key share the one that comes. Clients of one user share it, since each
// login makes the key of the one before invalid.
type Keyring struct {
	static string // never renewed; empty with a login
	login  func(ctx context.Context) (string, error)

	turn chan struct{} // holds one token; taken while the fields below are used

	key        string
	issued     time.Time
	renewAfter time.Time

	refused   error // the last login's, while it holds
	refusedAt time.Time

	// denied says when a key was renewed for the sake of a route that has not
	// succeeded since. There 401 means that the user's role lacks something, which
	// no new key mends. It has its own lock: every call that succeeds comes by.
	mu     sync.Mutex
	denied map[string]time.Time
}

func newKeyring(cfg Config) (*Keyring, error) {
	k := &Keyring{static: cfg.APIKey, turn: make(chan struct{}, 1), denied: map[string]time.Time{}}
	if cfg.APIKey != "" {
		return k, nil
	}
	client, err := apihttp.New(apihttp.Options{
		Account: cfg.Account, BaseURL: cfg.BaseURL, Transport: cfg.Transport, Timeout: cfg.Timeout, Observe: cfg.Observe,
		Secrets: []string{cfg.Username, cfg.Password},
	})
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]string{"Username": cfg.Username, "Password": cfg.Password})
	if err != nil {
		return nil, errors.New("making a Mintsoft client: the user name or the password is not valid text")
	}
	k.login = func(ctx context.Context) (string, error) { return logIn(ctx, client, body) }
	return k, nil
}

// logIn exchanges the password for a key: a bare JSON string. It changes no
// business data and may be repeated, so it counts as a read.
func logIn(ctx context.Context, client *apihttp.Client, body []byte) (string, error) {
	var key string
	_, err := client.Do(ctx, apihttp.Request{
		Operation: "auth", Method: http.MethodPost, Path: "/api/Auth", Body: body,
		Judge: func(status int, header http.Header, body []byte) (refused, exists bool, message string) {
			if status < 300 {
				return false, false, "" // the body is the key
			}
			v := judge(EnvelopeNone, status, header, body)
			return v.refused, v.exists, v.message
		},
		Read: func(res *apihttp.Response) error {
			if json.Unmarshal(res.Body, &key) != nil {
				key = string(bytes.TrimSpace(res.Body))
			}
			if key = strings.Trim(key, `"`); key == "" || strings.ContainsAny(key, "{}<> \r\n\t") {
				return errors.New("the answer is not a key")
			}
			return nil
		},
	})
	var e *apihttp.Error
	if errors.As(err, &e) && e.Status == http.StatusBadRequest {
		return "", fmt.Errorf("logging in: %w: %w", apihttp.ErrCredentials, err)
	}
	if err != nil {
		return "", fmt.Errorf("logging in: %w", err)
	}
	return key, nil
}

// authorize puts the key on a request, logging in first where there is none or it
// is about to expire.
func (k *Keyring) authorize(ctx context.Context, req *http.Request) error {
	key, err := k.current(ctx)
	if err != nil {
		return err
	}
	req.Header.Set(headerKey, key)
	return nil
}

func (k *Keyring) current(ctx context.Context) (string, error) {
	if k.static != "" {
		return k.static, nil
	}
	if err := k.lock(ctx); err != nil {
		return "", err
	}
	defer k.unlock()
	now := time.Now()
	age := now.Sub(k.issued)
	if k.key != "" && (age < renewAt || (age < keyLife && now.Before(k.renewAfter))) {
		return k.key, nil
	}
	err := k.renew(ctx)
	if err != nil && k.key != "" && age < keyLife && ctx.Err() == nil {
		// The old key still works; the service may be down just now.
		k.renewAfter = now.Add(renewLull)
		return k.key, nil
	}
	return k.key, err
}

// reauthorize decides whether a call that was answered 401 is worth another try.
// 401 means an expired key or a role that may not do this; the answer is the same.
func (k *Keyring) reauthorize(ctx context.Context, res *http.Response) (bool, error) {
	if k.static != "" {
		return false, nil
	}
	if err := k.lock(ctx); err != nil {
		return false, err
	}
	defer k.unlock()
	if res.Request.Header.Get(headerKey) != k.key {
		return true, nil // another call has renewed it meanwhile
	}
	route, _ := ctx.Value(routeKey{}).(string)
	if k.isDenied(route) {
		return false, nil
	}
	if err := k.renew(ctx); err != nil {
		return false, err
	}
	k.mu.Lock()
	k.denied[route] = time.Now()
	k.mu.Unlock()
	return true, nil
}

func (k *Keyring) isDenied(route string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	since, known := k.denied[route]
	return known && time.Since(since) < denialHolds
}

// worked notes that a route was not answered 401: its user may call it.
func (k *Keyring) worked(route string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.denied, route)
}

// routeOf is a path without the ids in it, so that the number of routes is
// bounded.
func routeOf(method, path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if segment != "" && strings.Trim(segment, "0123456789") == "" {
			segments[i] = "#"
		}
	}
	return method + " " + strings.Join(segments, "/")
}

// renew logs in. A refused login is remembered for a minute, so that every
// waiting call does not repeat it.
func (k *Keyring) renew(ctx context.Context) error {
	if k.refused != nil && time.Since(k.refusedAt) < refusalHolds {
		return k.refused
	}
	key, err := k.login(ctx)
	if err != nil {
		if errors.Is(err, apihttp.ErrCredentials) {
			k.refused, k.refusedAt = err, time.Now()
		}
		return err
	}
	k.key, k.issued, k.refused = key, time.Now(), nil
	return nil
}

func (k *Keyring) lock(ctx context.Context) error {
	select {
	case k.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (k *Keyring) unlock() { <-k.turn }
