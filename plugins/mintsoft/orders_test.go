package mintsoft

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

func TestWhatCountsAsTheAnswerOfAWrite(t *testing.T) {
	for body, c := range map[string]struct {
		step, update apihttp.Outcome
		id           string
	}{
		`{"ID":7,"Success":true,"Message":"ok"}`: {id: "7"},
		`{"ID":7,"Success":"true"}`:              {id: "7"},
		`[{"ID":7,"Success":true}]`:              {},
		``:                                       {step: apihttp.Unknown},
		`null`:                                   {step: apihttp.Unknown, update: apihttp.Unknown},
		`{"ID":7}`:                               {step: apihttp.Unknown, id: "7"},
		`"done"`:                                 {step: apihttp.Unknown},
	} {
		answer, err := envelope("asn.confirm")([]byte(body))
		assert.Equal(t, c.step, apihttp.OutcomeOf(err), "a step: %s", body)
		if err == nil {
			assert.Equal(t, c.id, answer.ID, body)
		}
		answer, err = updated("product.update")([]byte(body))
		assert.Equal(t, c.update, apihttp.OutcomeOf(err), "an update: %s", body)
		if err == nil {
			assert.Equal(t, c.id, answer.ID, body)
		}
	}
}
