// Package apihttp is the one way out to both services: it keeps an account's
// limits, authorises, sends, classifies what came back, and repeats what may be
// repeated.
//
// A call passes through in-flight → rate → quota → send → read → classify. Reads
// are repeated here. Writes are repeated only when it is certain that the service
// did not act on them; every other failed write goes back to the caller at once,
// who looks at the service before anything is sent again.
package apihttp
