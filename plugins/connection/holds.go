package connection

import "strings"

// Hold is the name that a process has to hold to run the streams of a
// connection. A SQLite ledger is held whole. With PostgreSQL each Mintsoft
// account is held by itself, with its connections, so that replicas share the work and no
// account is synced by two of them, even while its key is being changed.
func (f *File) Hold(c Config) string {
	const name = "sync"
	if strings.HasPrefix(f.Ledger.Reveal(), "sqlite:") {
		return name
	}
	return name + "/" + accountID("mintsoft", c.Mintsoft.BaseURL, c.Mintsoft.user())
}

// Holds are the names with the active connections that each covers.
func (f *File) Holds() map[string][]string {
	holds := map[string][]string{}
	for _, c := range f.Connections {
		if c.Active {
			name := f.Hold(c)
			holds[name] = append(holds[name], c.Name)
		}
	}
	return holds
}

// user is the credential that tells one account from another.
func (m Mintsoft) user() string {
	if key := m.APIKey.Reveal(); key != "" {
		return key
	}
	return m.Username.Reveal()
}

// accountID names an account without revealing its credential.
func accountID(system, baseURL, credential string) string {
	return system + "/" + fingerprint(host(baseURL), credential)
}
