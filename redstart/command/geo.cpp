#include "redstart/command/geo.hpp"

#include "redstart/base/failure.hpp"

namespace redstart::geo_detail {

void add_options(any_command& geoadd, geoadd_options const& options)
{
    if (options.condition == geoadd_options::when::if_absent)
        geoadd.add("NX");
    if (options.condition == geoadd_options::when::if_present)
        geoadd.add("XX");
    if (options.count_moved)
        geoadd.add("CH");
}

void check_area(any_command const& built, bool has_one_middle, bool has_one_shape)
{
    if (!has_one_middle || !has_one_shape)
        throw failure{{.code = failure_code::invalid_argument,
                       .command = std::string{built.info().name},
                       .reason = "an area has one middle, and is a circle or a rectangle",
                       .server_text = {}}};
}

void add_shape(any_command& built, std::optional<double> radius, std::optional<geo_box> box)
{
    if (radius)
        built.add("BYRADIUS", *radius, "M");
    else
        built.add("BYBOX", box->width, box->height, "M");
}

void add_options(any_command& built, geosearch_options const& options)
{
    if (options.order != geo_order::as_found)
        built.add(options.order == geo_order::nearest_first ? "ASC" : "DESC");
    if (options.count > 0)
        built.add("COUNT", options.count);
    if (options.count > 0 && options.any)
        built.add("ANY");
}

void mark_if_unlike_its_kind(any_command& store, bool takes_any)
{
    if (takes_any || store.request().argument(1) == store.request().argument(2))
        store.mark_not_idempotent();
}

}  // namespace redstart::geo_detail
