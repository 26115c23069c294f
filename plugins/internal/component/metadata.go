package component

import (
	"errors"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// Metadata that inputs stamp on messages and that outputs read again.
const (
	metaConnection = "connection"
	MetaSettings   = "settings"
	metaSource     = "source"
	MetaErrorClass = "error_class"
	// metaPart names what of its record a message is about, where one record leads to
	// several things: what is filed, parked and closed of each is kept apart.
	metaPart = "part"
)

// Keys of the source object.
const (
	sourceStream   = "stream"
	sourcePipeline = "pipeline"
	sourceSystem   = "system"
	sourceResource = "resource"
	sourceID       = "id"
	sourceRef      = "ref"
	sourceModified = "modified"
	sourceCreated  = "created"
	sourceReadAt   = "read_at"
	sourceReplay   = "replay"
	sourceAgain    = "again"
	sourceAccept   = "accept"
)

// Source is where a message comes from.
type Source struct {
	Connection, Stream, Pipeline string
	Record                       ledger.Record
	Created                      time.Time // in its service; zero when that is not known
	ReadAt                       time.Time
	Replay                       bool   // a person asked for it
	Again                        bool   // read again although it did not change: for a replay or a parking place
	Accept                       bool   // a person let this run through its guards
	Part                         string // what of the record the message is about; empty for all of it
}

// Stamp puts the source and the settings on a message.
func Stamp(msg *service.Message, settings map[string]any, s Source) {
	msg.MetaSetMut(metaConnection, s.Connection)
	msg.MetaSetMut(MetaSettings, settings)
	msg.MetaSetMut(metaSource, map[string]any{
		sourceStream: s.Stream, sourcePipeline: s.Pipeline, sourceSystem: s.Record.System, sourceResource: s.Record.Resource,
		sourceID: s.Record.ID, sourceRef: s.Record.Ref, sourceModified: s.Record.Modified,
		sourceCreated: polling.Version(s.Created), sourceReadAt: s.ReadAt.UTC().Format(time.RFC3339Nano), sourceReplay: s.Replay, sourceAgain: s.Again, sourceAccept: s.Accept,
	})
	if s.Record.System != "" {
		msg.MetaSetMut(s.Record.System+"_id", s.Record.ID)
	}
}

// SourceOf reads the source of a message; false when none of our inputs made it.
func SourceOf(msg *service.Message) (Source, bool) {
	value, exists := msg.MetaGetMut(metaSource)
	fields, isObject := value.(map[string]any)
	if !exists || !isObject {
		return Source{}, false
	}
	text := func(key string) string {
		s, _ := fields[key].(string)
		return s
	}
	flag := func(key string) bool {
		b, _ := fields[key].(bool)
		return b
	}
	s := Source{
		Stream: text(sourceStream), Pipeline: text(sourcePipeline), Replay: flag(sourceReplay), Again: flag(sourceAgain), Accept: flag(sourceAccept),
		Record: ledger.Record{System: text(sourceSystem), Resource: text(sourceResource), ID: text(sourceID), Ref: text(sourceRef), Modified: text(sourceModified)},
	}
	s.Connection = metaText(msg, metaConnection)
	s.Part = metaText(msg, metaPart)
	s.Created, _ = time.Parse(time.RFC3339Nano, text(sourceCreated))
	s.ReadAt, _ = time.Parse(time.RFC3339Nano, text(sourceReadAt))
	return s, s.Stream != ""
}

// metaText is a text in a message's metadata, empty when there is none.
func metaText(msg *service.Message, key string) string {
	value, _ := msg.MetaGetMut(key)
	text, _ := value.(string)
	return text
}

// FlowOf finds the flow that a message belongs to; false for messages that none
// of our inputs made, as in unit tests.
func FlowOf(book *connection.Book, msg *service.Message) (*connection.Flow, Source, bool) {
	source, exists := SourceOf(msg)
	if !exists {
		return nil, Source{}, false
	}
	return book.Flow(source.Connection, source.Pipeline), source, true
}

// Made is FlowOf where a message that none of our inputs made is a mistake.
func Made(book *connection.Book, msg *service.Message) (*connection.Flow, Source, error) {
	flow, source, exists := FlowOf(book, msg)
	if !exists {
		return nil, Source{}, errors.New("found a message that no input of ours made: put the `settings` processor before it")
	}
	return flow, source, nil
}
