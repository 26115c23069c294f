package connection

import (
	"context"
	"sync"
	"time"
)

// askedFor is how long it is trusted which streams are asked for: streams look
// each second, and one look serves all of them.
const askedFor = time.Second

// asked remembers which streams the ledger holds something for.
type asked struct {
	mut     sync.Mutex
	at      time.Time
	streams map[string]bool
}

// IsAsked says whether a stream has a trigger that is due, or something to deliver
// again now or soon. The answer may be a second old.
func (b *Book) IsAsked(ctx context.Context, stream string) (bool, error) {
	b.asked.mut.Lock()
	defer b.asked.mut.Unlock()
	now := b.Options.Now()
	if age := now.Sub(b.asked.at); b.asked.streams == nil || age >= askedFor || age < 0 {
		streams, err := b.Ledger.AskedStreams(ctx, now)
		if err != nil {
			return false, err
		}
		b.asked.at, b.asked.streams = now, streams
	}
	return b.asked.streams[stream], nil
}
