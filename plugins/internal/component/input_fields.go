package component

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/redpanda-data/benthos/v4/public/bloblang"
	"github.com/redpanda-data/benthos/v4/public/service"
)

// Field names that inputs, outputs and processors share.
const (
	FieldConnection = "connection"
	fieldOperation  = "operation"
	FieldKey        = "key"
	FieldEnabled    = "enabled"
	FieldScope      = "scope"

	fieldResource = "resource"
	fieldQuery    = "query"
	fieldSince    = "since"
	fieldChosenBy = "chosen_by"
	fieldInterval = "interval"
	fieldLookback = "lookback"
	fieldPageSize = "page_size"
)

// Scopes of a flow.
const (
	scopeConnection = "connection" // once for each connection
	ScopeAccounts   = "accounts"   // once for each pair of Unleashed account and Mintsoft client
)

// ConnectionField names the connection that a component works with.
func ConnectionField() *service.ConfigField {
	return service.NewStringField(FieldConnection).
		Description("Name of a connection in the connection file. Its credentials, limits and settings are used.").
		Example("${CONNECTION:main}")
}

// EnabledField says whether an input runs.
func EnabledField() *service.ConfigField {
	return service.NewInterpolatedStringField(FieldEnabled).
		Description("Whether the flow runs for this connection; it sees `@settings`.").
		Default("true")
}

// IsEnabled reads what the field `enabled` answers. Anything but true and false is a
// mistake, such as a setting that is misspelt: it would be off for ever.
func IsEnabled(answer string) (bool, error) {
	switch answer {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("found %q, expected true or false: is a setting misspelt?", answer)
}

// ScopeField says for whom an input runs.
func ScopeField() *service.ConfigField {
	return service.NewStringEnumField(FieldScope, scopeConnection, ScopeAccounts).
		Description("`accounts` for records that are not bound to a warehouse: `mintleash sync` then runs the pipeline once for each pair of Unleashed account and Mintsoft client, however many connections share it.").
		Default(scopeConnection)
}

// InputSpec are the fields of a polling input.
func (s *System) InputSpec() *service.ConfigSpec {
	return service.NewConfigSpec().
		Categories("Services").
		Fields(
			ConnectionField(),
			service.NewStringEnumField(fieldResource, s.resourceNames()...).
				Description("What to read, one message for each record that changed."),
			service.NewBloblangField(fieldQuery).
				Description("A mapping whose object narrows the list. It sees `@settings`. Use only filters that a record cannot leave while the list is paged (a warehouse, all statuses): a row that leaves shifts others over the page border, where they would be lost. Choose by status in the pipeline.").
				Example(`root.warehouseCode = @settings.unleashed.warehouse_code`).
				Optional(),
			service.NewBloblangField(fieldSince).
				Description("A mapping that says where the first run starts: a timestamp, or null for everything. One without an offset is in the account's time zone. It sees `@settings`.").
				Example(`root = now().ts_sub_iso8601("P30D")`).
				Optional(),
			service.NewBloblangField(fieldChosenBy).
				Description("A mapping that answers what the pipeline chooses its records by, or compares them by: the settings that decide whether a record is skipped. It sees `@settings`. The answer is kept beside the cursor. When it changes, what was read and skipped before may be wanted now, so the next run reads everything from `since` on, as `mintleash trigger --full` does, and says so in the log; until such a run has ended well, each one does. A flow that has no answer beside its cursor yet only keeps it. Null keeps none.").
				Example(`root.order_status_to_import = @settings.general.order_status_to_import`).
				Optional().Advanced(),
			EnabledField(),
			service.NewInterpolatedStringField(fieldInterval).
				Description("How often the list is read: a duration, or a cron expression as in the `generate` input, with an optional `TZ=Europe/London ` in front. It sees `@settings`. Empty means only when it is triggered.").
				Default("15m"),
			ScopeField(),
			service.NewDurationField(fieldLookback).
				Description("How far before its cursor a run reads again. Versions that were delivered before are not emitted twice.").
				Default(s.Overlap.String()).Advanced(),
			service.NewIntField(fieldPageSize).
				Description("Records a page; 0 is the vendor's own default.").
				LintRule(`root = if this < 0 || this > 500 { [ "expected a page size from 0 to 500" ] }`).
				Default(0).Advanced(),
		)
}

type inputConfig struct {
	connection, scope string
	pipeline          string
	resource          Resource
	query, since      *bloblang.Executor
	chosenBy          *bloblang.Executor
	enabled, interval *service.InterpolatedString
	lookback          time.Duration
	pageSize          int
}

func (s *System) inputConfig(conf *service.ParsedConfig, res *service.Resources) (c inputConfig, err error) {
	if c.connection, err = conf.FieldString(FieldConnection); err != nil {
		return
	}
	if c.pipeline = res.Label(); c.pipeline == "" {
		return c, fmt.Errorf("input %s: expected a label: cursor, dead letters and metrics are kept under it", s.Name)
	}
	name, err := conf.FieldString(fieldResource)
	if err != nil {
		return c, err
	}
	if c.resource, err = s.resource(name); err != nil {
		return
	}
	if conf.Contains(fieldQuery) {
		if c.query, err = mappingField(conf, fieldQuery); err != nil {
			return
		}
	}
	if conf.Contains(fieldSince) {
		if c.since, err = mappingField(conf, fieldSince); err != nil {
			return
		}
	}
	if conf.Contains(fieldChosenBy) {
		if c.chosenBy, err = mappingField(conf, fieldChosenBy); err != nil {
			return
		}
	}
	if c.enabled, err = InterpolatedField(conf, FieldEnabled); err != nil {
		return
	}
	if c.interval, err = InterpolatedField(conf, fieldInterval); err != nil {
		return
	}
	if c.scope, err = conf.FieldString(FieldScope); err != nil {
		return
	}
	if c.lookback, err = conf.FieldDuration(fieldLookback); err != nil {
		return
	}
	if c.lookback < 0 {
		return c, fmt.Errorf("field %s: found %s, expected a duration of at least 0s", fieldLookback, c.lookback)
	}
	if c.pageSize, err = conf.FieldInt(fieldPageSize); err != nil {
		return
	}
	if c.pageSize < 0 || c.pageSize > 500 {
		return c, fmt.Errorf("field %s: found %d, expected 0 to 500", fieldPageSize, c.pageSize)
	}
	return c, nil
}

func queryObject(mapping *bloblang.Executor, ask *service.Message) (map[string]any, error) {
	if mapping == nil {
		return nil, nil
	}
	answer, err := ask.BloblangQuery(mapping)
	if err != nil || answer == nil {
		return nil, err
	}
	value, err := answer.AsStructured()
	if err != nil {
		return nil, err
	}
	object, isObject := value.(map[string]any)
	if !isObject {
		return nil, fmt.Errorf("found %T, expected an object of filters", value)
	}
	return object, nil
}

// choice evaluates a mapping to a text that is the same for the same answer; empty when
// there is none.
func choice(mapping *bloblang.Executor, ask *service.Message) (string, error) {
	if mapping == nil {
		return "", nil
	}
	answer, err := ask.BloblangQuery(mapping)
	if err != nil || answer == nil {
		return "", err
	}
	text, err := answer.AsBytes()
	if string(text) == "null" {
		return "", err
	}
	return string(text), err
}

// moment evaluates a mapping to a point in time, in a zone where it names none; null
// and blank are zero.
func moment(mapping *bloblang.Executor, ask *service.Message, zone *time.Location) (time.Time, error) {
	if mapping == nil {
		return time.Time{}, nil
	}
	answer, err := ask.BloblangQuery(mapping)
	if err != nil || answer == nil {
		return time.Time{}, err
	}
	value, err := answer.AsStructured()
	if err != nil {
		raw, rawErr := answer.AsBytes()
		if rawErr != nil {
			return time.Time{}, err
		}
		value = string(raw)
	}
	switch t := value.(type) {
	case nil:
		return time.Time{}, nil
	case time.Time:
		return t.UTC(), nil
	case int64:
		return time.Unix(t, 0).UTC(), nil
	case json.Number:
		seconds, err := t.Int64()
		return time.Unix(seconds, 0).UTC(), err
	case string:
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateOnly} {
			if at, err := time.ParseInLocation(layout, t, zone); err == nil {
				return at.UTC(), nil
			}
		}
		if t == "" {
			return time.Time{}, nil
		}
	}
	return time.Time{}, fmt.Errorf("found %v, expected a timestamp such as 2026-01-31T00:00:00Z", value)
}
