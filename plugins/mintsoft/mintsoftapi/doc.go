// Package mintsoftapi is the client of the Mintsoft REST API
// (https://api.mintsoft.co.uk/swagger/ui/index): keys, paging, dates, and the
// answers that say no under HTTP 200. It knows transport and representation; what
// a record means is for its callers. What the vendor leaves open, and what is
// assumed instead, is listed in BEHAVIOR.md in the parent folder.
package mintsoftapi
