package connection

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Credentials that no message, dump or settings may hold.
const (
	secretID       = "id-s3cr3t-0001"
	secretKey      = "key#s3cr3t: 0002"
	secretPassword = "pass-s3cr3t-0003"
)

var environ = map[string]string{
	"UNLEASHED_API_ID": secretID, "UNLEASHED_API_KEY": secretKey, "MINTSOFT_API_KEY": secretPassword,
	"EMPTY": "", "FREQUENCY": "45m", "OFF": "false", "RATE": "0.5", "SHORT": "1s", "LOOKS": "${UNLEASHED_API_KEY}",
}

func lookup(name string) (string, bool) {
	value, exists := environ[name]
	return value, exists
}

// smallest is a file with nothing but what has no default.
const smallest = `connections:
  - name: main
    unleashed:
      api_id: "${UNLEASHED_API_ID}"
      api_key: "${UNLEASHED_API_KEY}"
      warehouse_code: MAIN
    mintsoft:
      api_key: "${MINTSOFT_API_KEY}"
      warehouse: MAIN
`

// withLines is the smallest file with lines of one connection added: the first
// is line 10.
func withLines(lines ...string) string {
	return smallest + "    " + strings.Join(lines, "\n    ") + "\n"
}

func parse(t *testing.T, text string) *File {
	t.Helper()
	file, err := Parse("c.yaml", []byte(text), lookup)
	require.NoError(t, err)
	return file
}

// wrongLines parses a file that is wrong and answers the lines that say so.
func wrongLines(t *testing.T, text string) []string {
	t.Helper()
	file, err := Parse("c.yaml", []byte(text), lookup)
	require.Error(t, err)
	require.Nil(t, file)
	var mistakes Mistakes
	require.True(t, errors.As(err, &mistakes), "%v", err)
	lines := strings.Split(err.Error(), "\n")
	require.Len(t, lines, len(mistakes), "one line for each mistake")
	for _, line := range lines {
		require.NotContains(t, line, "s3cr3t")
	}
	return lines
}
