package unleashed

import (
	"sync"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
)

// newcomers are buyers whose customer is being made. Orders are taken several at a time,
// so another one of the same buyer may come before the customer can be found.
type newcomers struct {
	mut   sync.Mutex
	known map[string]newcomer
}

type newcomer struct {
	guid string
	at   time.Time
}

// beingMade is how long a customer may take to be made and to be found.
const beingMade = 24 * time.Hour

func newcomersOf(c *connection.Connection) *newcomers {
	return c.Local("unleashed newcomers", func() any { return &newcomers{known: map[string]newcomer{}} }).(*newcomers)
}

// guidOf answers the GUID of the first buyer who had one of these keys, else this one,
// which others with one of the keys are answered from then on.
func (n *newcomers) guidOf(now time.Time, guid string, keys []string) string {
	n.mut.Lock()
	defer n.mut.Unlock()
	for key, one := range n.known {
		if now.Sub(one.at) > beingMade {
			delete(n.known, key)
		}
	}
	for _, key := range keys {
		if one, exists := n.known[key]; exists {
			return one.guid
		}
	}
	for _, key := range keys {
		n.known[key] = newcomer{guid, now}
	}
	return guid
}
