package dev.devmesh.schema;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The smallest and the largest number allowed, both included: {@code @Range(min = 1, max = 14) int days}. On an
 * element type it bounds each element: {@code List<@Range(min = 0) Integer>}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.TYPE_USE})
public @interface Range {

    /** The smallest value allowed; no bound by default. */
    double min() default Double.NEGATIVE_INFINITY;

    /** The largest value allowed; no bound by default. */
    double max() default Double.POSITIVE_INFINITY;
}
