package component

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/redpanda-data/benthos/v4/public/bloblang"
	"github.com/redpanda-data/benthos/v4/public/service"
)

const (
	fieldCached      = "cached"
	fieldCachedCache = "cache"
	fieldCachedKeep  = "keep"
)

func cachedField() *service.ConfigField {
	return service.NewObjectField(fieldCached,
		service.NewStringField(fieldCachedCache).Description("The label of a cache resource."),
		service.NewInterpolatedStringField(FieldKey).
			Description("The key of the answer. Where a part of it is empty nothing is asked, and the answer is null.").Example("${! this.Customer.Guid }"),
		service.NewBloblangField(fieldCachedKeep).Description("What of the answer is kept, and answered.").Default("root = this"),
	).Description("Asks only for what a cache lacks, and keeps the answer there unless it is null. A replay asks whatever the cache holds. For reads.").Optional()
}

// cached keeps the answers of a read in a cache resource.
type cached struct {
	res    *service.Resources
	cache  string
	key    *service.InterpolatedString
	keep   *bloblang.Executor
	recent recent
}

func newCached(conf *service.ParsedConfig, res *service.Resources) (*cached, error) {
	if !conf.Contains(fieldCached) {
		return nil, nil
	}
	c := &cached{res: res}
	conf = conf.Namespace(fieldCached)
	var err error
	if c.cache, err = conf.FieldString(fieldCachedCache); err != nil {
		return nil, err
	}
	if !res.HasCache(c.cache) {
		return nil, fmt.Errorf("field %s.%s: found %q, expected the label of a cache resource", fieldCached, fieldCachedCache, c.cache)
	}
	if c.key, err = InterpolatedField(conf, FieldKey); err != nil {
		return nil, err
	}
	c.keep, err = mappingField(conf, fieldCachedKeep)
	return c, err
}

// recall answers what the cache holds under the key of a message; known is false where
// it has to be asked for, as for a replay: what is kept may be what was mended. A cache
// that cannot be read costs a call and no more.
func (c *cached) recall(ctx context.Context, msg *service.Message) (key string, answer any, known bool, err error) {
	if key, err = c.key.TryString(msg); err != nil {
		return "", nil, false, fmt.Errorf("evaluating field %s.%s: %w", fieldCached, FieldKey, err)
	}
	if CheckKey(key) != nil {
		return "", nil, true, nil
	}
	if source, _ := SourceOf(msg); source.Replay {
		return key, nil, false, nil
	}
	if answer, known = c.recent.get(key); known {
		return key, answer, true, nil
	}
	var value []byte
	if aerr := c.res.AccessCache(ctx, c.cache, func(cache service.Cache) { value, err = cache.Get(ctx, key) }); aerr != nil || err != nil {
		return key, nil, false, nil
	}
	if err := DecodeJSON(value, &answer); err != nil || answer == nil {
		return key, nil, false, nil
	}
	c.recent.put(key, answer)
	return key, answer, true, nil
}

// keepOf keeps what shall be kept of an answer, and answers it.
func (c *cached) keepOf(ctx context.Context, key string, answer any) (any, error) {
	if answer == nil {
		return nil, nil
	}
	kept, err := c.keep.Query(answer)
	if err != nil {
		return nil, fmt.Errorf("mapping field %s.%s: %w", fieldCached, fieldCachedKeep, err)
	}
	value, err := json.Marshal(kept)
	if err != nil {
		return nil, fmt.Errorf("encoding what is kept of %s: %w", key, err)
	}
	var failed error
	if err := c.res.AccessCache(ctx, c.cache, func(cache service.Cache) { failed = cache.Set(ctx, key, value, nil) }); err != nil {
		failed = err
	}
	c.recent.forget(key)
	if failed != nil {
		c.res.Logger().Warnf("keeping %s in the cache %s failed, it will be asked for again: %v", key, c.cache, failed)
	}
	return kept, nil
}

// recently is how long an answer of the cache is good for messages that come right after
// each other, as the orders of one customer in a first import.
const recently = time.Second

// recent is what the cache answered a moment ago. Nobody changes an answer: mappings copy
// what they assign, and mutations what several messages have.
type recent struct {
	mut     sync.Mutex
	since   time.Time
	answers map[string]any
}

func (r *recent) get(key string) (answer any, known bool) {
	r.mut.Lock()
	defer r.mut.Unlock()
	if time.Since(r.since) > recently {
		r.since, r.answers = time.Now(), map[string]any{}
	}
	answer, known = r.answers[key]
	return answer, known
}

func (r *recent) put(key string, answer any) {
	r.mut.Lock()
	defer r.mut.Unlock()
	r.answers[key] = answer
}

func (r *recent) forget(key string) {
	r.mut.Lock()
	defer r.mut.Unlock()
	delete(r.answers, key)
}
