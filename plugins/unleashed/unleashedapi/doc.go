// Package unleashedapi is the client of the Unleashed REST API
// (https://apidocs.unleashedsoftware.com): signatures, paging, dates and errors.
// It knows transport and representation; what a document means is for its
// callers. What the vendor leaves open, and what is assumed instead, is listed in
// BEHAVIOR.md in the parent folder.
package unleashedapi
